/**
 * How the service bears many uploads at once: the real process, a tiny model, SQLite, loopback. Prints the figures as JSON;
 * exits with 1 when a promise of docs/load.md was broken. Needs /proc. Gives up after five minutes.
 *
 *   node bench/load.ts [--uploads 200] [--at-once 32] [--conditions "what else ran"] [--write]
 *
 * --write puts the tables into docs/load.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { brokenPromises, figuresOf, tables, withTables } from './load/figures.ts'
import { runLoad } from './load/run-load.ts'

const PAGE = resolve(import.meta.dirname, '../docs/load.md')
const GIVE_UP_MS = 300_000

const { values } = parseArgs({
  options: {
    uploads: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '32' },
    conditions: { type: 'string', default: 'Nothing else ran.' },
    write: { type: 'boolean', default: false },
  },
})
const [uploads, atOnce] = [Number(values.uploads), Number(values['at-once'])]
const signal = AbortSignal.timeout(GIVE_UP_MS)
const result = await runLoad({ uploads, atOnce, warmUp: 2 * atOnce, random: Math.random, signal })
const figures = figuresOf(result, atOnce)
const broken = brokenPromises(figures)
process.stdout.write(`${JSON.stringify({ ...figures, broken }, null, 2)}\n`)
if (values.write) {
  const conditions = `${availableParallelism()} cores, Node ${process.versions.node}. ${values.conditions}`
  writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), tables(figures, conditions)))
}
process.exitCode = broken.length > 0 ? 1 : 0
