/** A typeface of 5 × 7 dots, so that words can be burned into a picture without a font file. */
import { plainText } from './plain-text.ts'

/** Five columns from the left, a byte each; the lowest bit is the top dot. */
const GLYPHS: Readonly<Record<string, string>> = {
  ' ': '0000000000',
  '!': '00005f0000',
  '#': '147f147f14',
  '%': '2313086462',
  '&': '3649552250',
  "'": '0005030000',
  '(': '001c224100',
  ')': '0041221c00',
  '*': '14083e0814',
  '+': '08083e0808',
  ',': '0050300000',
  '-': '0808080808',
  '.': '0060600000',
  '/': '2010080402',
  '0': '3e5149453e',
  '1': '00427f4000',
  '2': '4261514946',
  '3': '2141454b31',
  '4': '1814127f10',
  '5': '2745454539',
  '6': '3c4a494930',
  '7': '0171090503',
  '8': '3649494936',
  '9': '064949291e',
  ':': '0036360000',
  ';': '0056360000',
  '<': '0814224100',
  '=': '1414141414',
  '>': '0041221408',
  '?': '0201510906',
  '@': '324979413e',
  '[': '007f414100',
  ']': '0041417f00',
  _: '4040404040',
  A: '7e1111117e',
  B: '7f49494936',
  C: '3e41414122',
  D: '7f4141221c',
  E: '7f49494941',
  F: '7f09090901',
  G: '3e4149497a',
  H: '7f0808087f',
  I: '00417f4100',
  J: '2040413f01',
  K: '7f08142241',
  L: '7f40404040',
  M: '7f020c027f',
  N: '7f0408107f',
  O: '3e4141413e',
  P: '7f09090906',
  Q: '3e4151215e',
  R: '7f09192946',
  S: '4649494931',
  T: '01017f0101',
  U: '3f4040403f',
  V: '1f2040201f',
  W: '3f4038403f',
  X: '6314081463',
  Y: '0708700807',
  Z: '6151494543',
}

/** Dots from one character to the next, and from one line to the next. */
export const ADVANCE = 6
export const LINE = 9

/** Calls with each dot of a line of text, x to the right and y downwards; small letters are drawn as capitals. */
export function eachDot(text: string, see: (x: number, y: number) => void): void {
  for (const [at, letter] of [...plainText(text, 1000).toUpperCase()].entries()) {
    const columns = Buffer.from(GLYPHS[letter] ?? GLYPHS['?']!, 'hex')
    for (const [x, bits] of columns.entries()) {
      for (let y = 0; y < 7; y++) if ((bits >> y) & 1) see(at * ADVANCE + x, y)
    }
  }
}
