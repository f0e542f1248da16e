/** What becomes of studies, by how they arrive. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Arrival, RULE, S, series, simulate, sizes, type World } from '../../test/fixtures/arriving-studies.ts'
import { decide } from './decide.ts'
import type { StudyFacts } from './study.ts'

test('with all that the rule names it runs as soon as both series are quiet', () => {
  const { runs } = simulate([...series('a', 't1', 20, 0), ...series('a', 'flair', 10, 30)])
  // The last instance came at 39 s and the T1 before it.
  assert.deepEqual(
    runs.map((run) => [run.atS, run.why, sizes(run)]),
    [[99, 'complete', { t1: 20, flair: 10 }]],
  )
})

test('where the scanner says how many there are to be it runs moments after the last of them', () => {
  const expected = { t1: 20, flair: 10 }
  const { runs } = simulate([...series('a', 't1', 20, 0, 100), ...series('a', 'flair', 10, 30)], { expected })
  assert.deepEqual(
    runs.map((run) => [run.atS, sizes(run)]),
    [[1905, { t1: 20, flair: 10 }]],
  )
})

test('a number that was too low is not believed: the series runs whole when it is quiet', () => {
  const { runs } = simulate([...series('a', 't1', 20, 0), ...series('a', 'flair', 10, 0)], { expected: { t1: 12 } })
  assert.deepEqual(
    runs.map((run) => [run.atS, sizes(run)]),
    [[19 + 60, { t1: 20, flair: 10 }]],
  )
})

test('two studies that come slice by slice in turn are one run each', () => {
  const both = ['a', 'b'].flatMap((study) => [...series(study, 't1', 30, 0, 2), ...series(study, 'flair', 30, 1, 2)])
  const { runs } = simulate(both)
  assert.deepEqual(
    runs.map((run) => [run.study, sizes(run)]),
    [
      ['a', { t1: 30, flair: 30 }],
      ['b', { t1: 30, flair: 30 }],
    ],
  )
})

test('a slow series holds up its study until it is there', () => {
  const { runs } = simulate([...series('a', 't1', 20, 0), ...series('a', 'flair', 20, 0, 50)])
  assert.deepEqual(
    runs.map((run) => [run.atS, sizes(run)]),
    [[19 * 50 + 60, { t1: 20, flair: 20 }]],
  )
})

test('a series sent again, and our own results coming back, change nothing', () => {
  const once = [...series('a', 't1', 20, 0), ...series('a', 'flair', 10, 0)]
  const again = once.map((arrival) => ({ ...arrival, atS: arrival.atS + 3000 }))
  assert.equal(simulate([...once, ...again]).runs.length, 1)
})

test('a late slice of a chosen series is a run of its own, of a series that was not chosen it is none', () => {
  const once = [...series('a', 't1', 20, 0), ...series('a', 'flair', 10, 0), ...series('a', 'scout', 3, 0)]
  const late = (name: string) => [{ atS: 4000, study: 'a', series: name, sop: 'late' }]
  assert.equal(simulate([...once, ...late('scout')]).runs.length, 1)
  assert.deepEqual(simulate([...once, ...late('t1')]).runs.map(sizes), [
    { t1: 20, flair: 10 },
    { t1: 21, flair: 10 },
  ])
})

test('without a FLAIR it runs when the study is quiet; a FLAIR that comes after that is a run of its own', () => {
  const t1 = series('a', 't1', 20, 0)
  assert.deepEqual(
    simulate(t1).runs.map((run) => [run.atS, run.why, sizes(run)]),
    [[19 + 900, 'study-quiet', { t1: 20 }]],
  )
  assert.deepEqual(simulate([...t1, ...series('a', 'flair', 5, 2000)]).runs.map(sizes), [
    { t1: 20 },
    { t1: 20, flair: 5 },
  ])
})

test('a study to which something comes all the time is run at the cap, without what is still arriving', () => {
  const { runs } = simulate([...series('a', 't1', 20, 0), ...series('a', 'flair', 200, 0, 30)])
  assert.deepEqual([runs[0]?.atS, runs[0]?.why, sizes(runs[0]!)], [5400, 'cap', { t1: 20 }])
})

test('what is required and still arrives at the cap is waited for, because without it there is nothing to run', () => {
  const { runs } = simulate(series('a', 't1', 200, 0, 30))
  assert.deepEqual(
    runs.map((run) => [run.atS, sizes(run)]),
    [[199 * 30 + 60, { t1: 200 }]],
  )
})

test('without what is required nothing runs, and the reason says which way', () => {
  const end = (arrivals: Arrival[], world?: World) => {
    const { runs, ends } = simulate(arrivals, world)
    assert.deepEqual(runs, [])
    return ends['a']
  }
  assert.deepEqual(end(series('a', 'flair', 5, 0)), { do: 'park', why: 'required-missing' })
  assert.deepEqual(end(series('a', 'knee', 5, 0)), { do: 'ignore', why: 'nothing-to-compute' })
  assert.deepEqual(end(series('a', 't1', 5, 0), { modality: { t1: 'SC' } }), {
    do: 'ignore',
    why: 'nothing-to-compute',
  })
  assert.deepEqual(end(series('a', 't1', 19, 0), { expected: { t1: 20 } }), { do: 'park', why: 'instances-missing' })
})

test('of two series for one channel the later is taken, and neither as long as one is arriving', () => {
  const facts = (grewAtMs: number): StudyFacts => {
    const common = { channel: 't1', preference: 0, instances: 5, expected: null }
    return {
      grewAtMs,
      counts: {},
      series: [
        { ...common, key: 'first', seriesInstanceUid: '1', number: 3, grewAtMs: 0 },
        { ...common, key: 'again', seriesInstanceUid: '2', number: 7, grewAtMs },
      ],
    }
  }
  const rule = { ...RULE, wish: [] }
  assert.deepEqual(decide(facts(50 * S), rule, { nowMs: 100 * S, openedAtMs: 0 }), { do: 'wait', untilMs: 110 * S })
  const decision = decide(facts(50 * S), rule, { nowMs: 110 * S, openedAtMs: 0 })
  assert.ok(decision.do === 'run')
  assert.deepEqual(decision.series, [{ channel: 't1', key: 'again', seriesInstanceUid: '2' }])
})

/** Park and Miller's, for schedules that are the same each time. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

test('whatever the order, each study whose pauses are short is run once, with every slice', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed)
    const studies = Array.from({ length: 1 + random(3) }, (_, n) => `s${n}`)
    const arrivals = studies.flatMap((study) => {
      const startS = random(500)
      return ['t1', 'flair', 'scout'].flatMap((name) => {
        let atS = startS + random(59)
        return Array.from({ length: 1 + random(20) }, (_, n) => {
          atS += random(60)
          return { atS, study, series: name, sop: `${name}.${n}` }
        })
      })
    })
    const resent = arrivals.filter(() => random(3) === 0).map((each) => ({ ...each, atS: each.atS + random(4000) }))
    const { runs } = simulate([...arrivals, ...resent])
    const counted = (study: string, name: string) =>
      new Set(arrivals.filter((each) => each.study === study && each.series === name).map(({ sop }) => sop)).size
    assert.deepEqual(
      runs.map((run) => [run.study, sizes(run)]),
      studies.map((study) => [study, { t1: counted(study, 't1'), flair: counted(study, 'flair') }]),
      `seed ${seed}`,
    )
  }
})

test('with the numbers known no run ever has a part of a series, however long the pauses', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed)
    const counts = { t1: 1 + random(20), flair: 1 + random(20) }
    const arrivals = Object.entries(counts).flatMap(([name, count]) =>
      series('a', name, count, random(2000), 1 + random(800)),
    )
    const { runs } = simulate(arrivals, { expected: counts })
    const whole = { t1: counts.t1, flair: counts.flair }
    for (const run of runs) {
      const { t1, flair } = sizes(run)
      assert.equal(t1, whole.t1, `seed ${seed}`)
      assert.ok(flair === undefined || flair === whole.flair, `seed ${seed}`)
    }
    assert.deepEqual(sizes(runs.at(-1)!), whole, `seed ${seed}`)
  }
})
