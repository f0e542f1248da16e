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

/** Decimal String: at most 16 characters (PS3.5, 6.2), as many digits as go in. */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`${value} has no decimal string`)
  const exact = String(value)
  if (exact.length <= 16) return exact
  for (let digits = 15; digits > 0; digits--) {
    const rounded = String(Number(value.toPrecision(digits)))
    if (rounded.length <= 16) return rounded
  }
  throw new Error(`${value} has no decimal string of 16 characters`)
}
