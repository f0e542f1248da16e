/**
 * Text of our own in plain ASCII, because it stands beside names in whatever character set the source has, and ASCII reads
 * the same in all of them (PS3.5, 6.1.2.2 and 6.1.2.3; ISO_IR 13 has a yen sign for the backslash, which is never written).
 */

const SPELLED: Readonly<Record<string, string>> = {
  '\\': '/',
  '\t': ' ',
  '°': ' deg',
  '×': 'x',
  '·': '.',
  '–': '-',
  '—': '-',
  '−': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '≥': '>=',
  '≤': '<=',
  '→': '->',
  µ: 'u',
  ß: 'ss',
}

/** Accents are dropped, known signs spelled out, what is left becomes '?'; no longer than `most` characters. */
export function plainText(text: string, most: number): string {
  const spelled = text.replace(/[^\n -[\]-~]/gu, (sign) => SPELLED[sign] ?? sign)
  const plain = spelled
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^\n -[\]-~]/gu, '?')
  return plain.slice(0, most)
}
