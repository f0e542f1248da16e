import assert from 'node:assert/strict'
import { test } from 'node:test'
import { angleOf, judge, type Look, type Sequence } from './sequence.ts'
import type { Levels, TissueLevels } from './tissue-levels.ts'

const levels = (csf: number, grey: number, white: number, lead = 0.05): TissueLevels => ({
  ...{ csf, grey, white, lead, brightTail: 1 },
  ml: { csf: 200, grey: 600, white: 450 },
})
const T1 = levels(300, 700, 1000)
const FLAIR = levels(200, 1200, 1000)
const T2 = levels(2500, 1300, 1000)
const look = (of: TissueLevels | null): Look => ({ isLabelMap: false, levels: of })
const LABELS: Look = { isLabelMap: true, levels: null }

const kindsOf = (looks: Partial<Record<Sequence, Look>>) =>
  judge(new Map(Object.entries(looks) as [Sequence, Look][])).map(({ kind }) => kind)

/** Both sent; each by itself would pass as what it was sent as. */
const kindsTogether = (t1: Levels, flair: Levels) =>
  judge(new Map([['t1', look(T1)] as const, ['flair', look(FLAIR)] as const]), { first: t1, second: flair }).map(
    ({ kind }) => kind,
  )

test('the angle is that of grey and white above fluid, whatever the scale', () => {
  assert.equal(angleOf({ csf: 0, grey: 1, white: 1 }), 45)
  assert.equal(angleOf({ csf: -5, grey: 95, white: 95 }), 45)
  assert.ok(Math.abs(angleOf({ csf: 2, grey: 1, white: 1 }) + 135) < 1e-9)
})

test('of scans that are what they were sent as nothing is said', () => {
  assert.deepEqual(kindsOf({ t1: look(T1) }), [])
  assert.deepEqual(kindsOf({ flair: look(FLAIR) }), [])
  assert.deepEqual(kindsOf({ t1: look(T1), flair: look(FLAIR) }), [])
})

test('a FLAIR as T1, a T1 as FLAIR, a T2 as either', () => {
  assert.deepEqual(kindsOf({ t1: look(FLAIR) }), ['wrong-sequence'])
  assert.deepEqual(kindsOf({ flair: look(T1) }), ['wrong-sequence'])
  assert.deepEqual(kindsOf({ t1: look(T2) }), ['wrong-sequence'])
  assert.deepEqual(kindsOf({ t1: look(T1), flair: look(T2) }), ['wrong-sequence'])
})

test('the two sent for each other are said to be swapped, once', () => {
  assert.deepEqual(kindsTogether(FLAIR, T1), ['channels-swapped'])
})

test('of a pair the levels at the same places decide, not those of each scan by itself', () => {
  assert.deepEqual(kindsTogether(T1, FLAIR), [])
  const each = { t1: look(FLAIR), flair: look(T1) }
  const seen = new Map(Object.entries(each) as [Sequence, Look][])
  assert.deepEqual(judge(seen, { first: T1, second: FLAIR }), [])
})

test('a FLAIR that a tumour makes look like a T1 passes beside a T1 that is one a little more', () => {
  assert.deepEqual(kindsTogether(levels(0, 30, 100), levels(0, 50, 100)), [])
})

test('two of one sequence are doubtful, and two that are neither T1 nor darker in fluid are wrong', () => {
  assert.deepEqual(kindsTogether(T1, T1), [null])
  assert.deepEqual(kindsTogether(T2, FLAIR), ['wrong-sequence'])
  assert.deepEqual(kindsTogether(T1, T2), ['wrong-sequence'])
  assert.deepEqual(kindsTogether(levels(0, 120, 100), levels(0, 140, 100)), ['wrong-sequence'])
})

test('what other levels explain nearly as well is doubtful', () => {
  assert.deepEqual(kindsOf({ t1: look({ ...FLAIR, lead: 0.001 }) }), [null])
})

test('what is sent as T1 and has the long bright end of a T2 is none, wherever its tissues seem to lie; so is half of a pair', () => {
  const withTail = (brightTail: number) => look({ ...T1, brightTail })
  assert.deepEqual(kindsOf({ t1: withTail(1.5) }), [])
  assert.deepEqual(kindsOf({ t1: withTail(2.1) }), [null])
  assert.deepEqual(kindsOf({ t1: withTail(2.9) }), ['wrong-sequence'])
  assert.deepEqual(kindsOf({ t1: withTail(2.9), flair: look(FLAIR) }), ['wrong-sequence'])
  // lesions are the bright end of a FLAIR
  assert.deepEqual(kindsOf({ flair: look({ ...FLAIR, brightTail: 2.9 }) }), [])
  const tooSmall = { ...T1, brightTail: 2.9, ml: { csf: 1, grey: 1, white: 1 } }
  assert.deepEqual(kindsOf({ t1: look(tooSmall) }), [])
})

test('a label map is one before anything else is asked', () => {
  assert.deepEqual(kindsOf({ t1: LABELS, flair: look(T1) }), ['wrong-sequence'])
})

test('nothing is said where no brain was found', () => {
  assert.deepEqual(kindsOf({ t1: look(null) }), [])
  assert.deepEqual(kindsOf({ t1: look({ ...FLAIR, ml: { csf: 2, grey: 20, white: 20 } }) }), [])
})

test('where a pair is judged the levels of each scan alone are not asked for', () => {
  const alone = (): TissueLevels => ({
    ...T1,
    get csf(): number {
      throw new Error('they cost a fit')
    },
    get lead(): number {
      throw new Error('they cost a fit')
    },
  })
  const looks = new Map([['t1', look(alone())] as const, ['flair', look(alone())] as const])
  assert.deepEqual(judge(looks, { first: T1, second: FLAIR }), [])
  assert.throws(() => judge(looks), /they cost a fit/)
})
