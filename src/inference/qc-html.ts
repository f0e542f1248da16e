/**
 * A cohort on one page to look through (HTML): a contact sheet, what to look at first in front, each subject large on a click. One
 * file without a script and without a request: pictures are within it, and it shows the same anywhere.
 */
import { type Flag, flagsOf, lookOrder, type QcRow } from './qc-flags.ts'

export type { QcRow }

const STYLE = `
body { margin: 1rem; background: #111; color: #eee; font: 14px/1.4 sans-serif }
h1 { font-size: 1.3rem; margin: 0 0 .3rem }
h2 { font-size: 1.1rem; margin: .3rem 0; overflow-wrap: anywhere }
a { color: inherit }
.research { color: #ffdc00; font-weight: bold }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: .8rem }
article { background: #222; padding: .5rem; border-top: 4px solid #3a3 }
article.warned { border-color: #cc3 }
article.outlier, article.unsure { border-color: #f80 }
article.implausible, article.failed { border-color: #f33 }
article img { display: block; width: 100%; height: 300px; object-fit: cover; object-position: top; background: #000 }
.flags { margin: .3rem 0; padding: 0; list-style: none }
.flags li { overflow-wrap: anywhere }
.more { display: none }
article:target { position: fixed; inset: 0; overflow: auto; z-index: 1; padding: 1rem }
article:target .more { display: block }
article:target .open { pointer-events: none }
article:target img { width: auto; max-width: 100%; height: auto; object-fit: contain }
table { border-collapse: collapse; margin: .5rem 0 }
td, th { padding: .1rem .8rem .1rem 0; text-align: left }
td.number { text-align: right }
dt { font-weight: bold; margin-top: .5rem }
dd { margin: 0 }
`

/** The kinds of flags in words. */
const WORDS: Readonly<Record<Flag['kind'], string>> = {
  failed: 'failed',
  implausible: 'implausible',
  outlier: 'outlier of this cohort',
  unsure: 'unsure',
  warned: 'warning',
}

/** @param rows in any order; names and messages may hold anything */
export function qcHtml(rows: readonly QcRow[]): string {
  const flags = flagsOf(rows)
  const flagged = flags.filter((ofRow) => ofRow.length > 0).length
  const articles = lookOrder(flags).map((at) => articleOf(rows[at]!, flags[at]!, at))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>onelabel: look at ${rows.length} results</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${rows.length} results, ${flagged} with a reason to look at them first</h1>
<p class="research">Research use only. onelabel is not a medical device.</p>
<p>Red: no result, or one that cannot be a brain. Orange: unlike the others here, or the network was not sure. Yellow: another warning.
No flag is no proof that a map is right. A click shows one subject large.</p>
<main>
${articles.join('\n')}
</main>
</body>
</html>
`
}

function articleOf({ subject, picture, report, failure }: QcRow, flags: readonly Flag[], at: number): string {
  const name = escaped(subject)
  const image =
    picture === undefined
      ? '<p>no picture</p>'
      : `<img alt="${name}" src="data:image/png;base64,${Buffer.from(picture).toString('base64')}">`
  const listed = flags.map(({ kind, text }) => `<li>${WORDS[kind]}: ${escaped(text)}</li>`).join('')
  return `<article id="row-${at}" class="${flags[0]?.kind ?? 'plain'}">
<a class="open" href="#row-${at}"><h2>${name}</h2>${image}</a>
<ul class="flags">${listed}</ul>
<div class="more">${report === undefined ? `<p>${escaped(failure ?? 'no result')}</p>` : detailsOf(report)}
<p><a href="#">back to all</a></p></div>
</article>`
}

function detailsOf({ model, labels, lesions, warnings }: NonNullable<QcRow['report']>): string {
  const rows = labels
    .filter(({ value }) => value > 0)
    .map(({ name, volumeMl, voxels, confidence }) => {
      const numbers = [
        volumeMl === null ? 'not assessable' : millilitres(volumeMl),
        voxels ?? '',
        confidence?.toFixed(2) ?? '',
      ]
      return `<tr><td>${escaped(name)}</td>${numbers.map((one) => `<td class="number">${escaped(String(one))}</td>`).join('')}</tr>`
    })
  const { count, totalMl, largestMl } = lesions
  const found =
    count === null
      ? 'not assessable'
      : `${count}, together ${millilitres(totalMl)} mL, the largest ${millilitres(largestMl)} mL`
  const told = warnings.map(
    ({ code, message, means, todo }) =>
      `<dt>${escaped(message)} (${escaped(code)})</dt><dd>${escaped(means)}</dd><dd>What to do: ${escaped(todo)}</dd>`,
  )
  return `<table><tr><th>label</th><th>mL</th><th>voxels</th><th>mean confidence</th></tr>${rows.join('')}</table>
<p>Lesions: ${found}</p>
<dl>${told.join('')}</dl>
<p>Model ${escaped(`${model.id} ${model.version}`)}</p>`
}

/** Without the last digits of a product of doubles. */
function millilitres(ml: number | null): string {
  return ml === null ? 'not assessable' : String(Number(ml.toFixed(6)))
}

/** As text and within quotes nothing of it is markup (HTML, 13.1.2.3 and 13.1.4). */
export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!)
}
