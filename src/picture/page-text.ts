/** Text in the letters of a PDF's own typefaces (WinAnsiEncoding; PDF 1.7, annex D), which need no font file. */
import { plainText } from './plain-text.ts'

/** Characters that can be printed although they are not Latin-1. */
const MORE = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'

/** What has no letter there is spelled out or becomes '?', and ends of lines become spaces. */
export function pageText(text: string): string {
  return [...text.normalize('NFC')]
    .map((sign) => {
      if (/\s/u.test(sign)) return ' '
      return /[ -~\u00a1-\u00ac\u00ae-\u00ff]/u.test(sign) || MORE.includes(sign) ? sign : plainText(sign, 8)
    })
    .join('')
}
