/** The loss curve: one CSV row a step, and a picture of it (SVG, log scale, running mean). */
import { existsSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'

export interface CurveRow {
  readonly step: number
  readonly loss: number
  readonly gradientNorm: number
  readonly learningRate: number
  readonly seconds: number
  readonly sources: readonly string[]
}

const HEADER = 'step,loss,gradient_norm,learning_rate,seconds,sources\n'
const [WIDTH, HEIGHT, MARGIN] = [900, 420, 60]
/** Weight of the past in the drawn mean. */
const SMOOTH = 0.97
/** Points of the drawn mean: two a pixel. A long run's picture would be as large as a scan otherwise. */
const LINE_POINTS = 2 * (WIDTH - 2 * MARGIN)

/** Adds one step to the CSV, with its heading where the file is new. */
export async function appendRow(path: string, row: CurveRow): Promise<void> {
  if (!existsSync(path)) await writeFile(path, HEADER)
  const numbers = [
    row.loss.toFixed(5),
    row.gradientNorm.toFixed(4),
    row.learningRate.toExponential(3),
    row.seconds.toFixed(2),
  ]
  await appendFile(path, `${row.step},${numbers.join(',')},${row.sources.join(' ')}\n`)
}

/** Cuts rows after `step`: a run resumed from a checkpoint repeats them. */
export async function cutRows(path: string, step: number): Promise<void> {
  if (!existsSync(path)) return
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const kept = lines.filter((line, i) => i === 0 || Number.parseInt(line, 10) <= step)
  await writeFile(path, `${kept.join('\n')}\n`)
}

/** Draws the CSV: every step as a dot, the running mean as a line, and the Dice of validations as numbers. A run that stopped before its first step has none. */
export async function drawCurve(
  csvPath: string,
  svgPath: string,
  title: string,
  validations: readonly { readonly step: number; readonly meanDice: number }[] = [],
): Promise<void> {
  if (!existsSync(csvPath)) return
  const rows = (await readFile(csvPath, 'utf8')).trimEnd().split('\n').slice(1)
  const points = rows.map((row) => row.split(',').slice(0, 2).map(Number)).filter(([, loss]) => loss! > 0)
  if (points.length === 0) return
  const logs = points.map(([, loss]) => Math.log10(loss!))
  // one by one: a long run has more steps than a call takes arguments
  const least = logs.reduce((a, b) => Math.min(a, b))
  const most = logs.reduce((a, b) => Math.max(a, b))
  const [low, high] = [Math.floor(least * 4) / 4, Math.ceil(most * 4) / 4 + 1e-9]
  const last = points.at(-1)![0]!
  const x = (step: number) => MARGIN + ((WIDTH - 2 * MARGIN) * step) / last
  const y = (log: number) => HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * (log - low)) / (high - low)
  let mean = logs[0]!
  const every = Math.ceil(points.length / LINE_POINTS)
  const line = points.flatMap(([step], i) => {
    mean = SMOOTH * mean + (1 - SMOOTH) * logs[i]!
    const isDrawn = i % every === 0 || i === points.length - 1
    return isDrawn ? `${x(step!).toFixed(1)},${y(mean).toFixed(1)}` : []
  })
  // Strokes without length and with round ends: dots, in a third of the bytes of circles.
  const dots = points.map(([step], i) => `M${x(step!).toFixed(1)} ${y(logs[i]!).toFixed(1)}h0`)
  const ticks = Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4)
  const grid = ticks.map(
    (log) =>
      `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y(log)}" y2="${y(log)}" stroke="#ddd"/>` +
      `<text x="${MARGIN - 6}" y="${y(log) + 4}" text-anchor="end">${(10 ** log).toPrecision(2)}</text>`,
  )
  const dice = validations.map(
    ({ step, meanDice }) =>
      `<text x="${x(step).toFixed(1)}" y="${MARGIN - 14}" text-anchor="end" fill="#263">Dice ${meanDice.toFixed(3)}</text>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/><text x="${MARGIN}" y="24" font-size="15">${title}: loss (nats a voxel, log scale)</text>
${grid.join('\n')}
<path stroke="#9ab" stroke-opacity=".5" stroke-width="2" stroke-linecap="round" d="${dots.join('')}"/>
<polyline fill="none" stroke="#c33" stroke-width="2" points="${line.join(' ')}"/>
${dice.join('\n')}
<text x="${WIDTH - MARGIN}" y="${HEIGHT - MARGIN + 20}" text-anchor="end">step ${last}</text>
</svg>
`
  await writeFile(svgPath, svg)
}
