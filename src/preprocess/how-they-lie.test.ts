/** The made-up head of test/fixtures/moved-head.ts by right and wrong headers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NORMALIZE, seen, turned } from '../../test/fixtures/moved-head.ts'
import type { Volume } from '../volume/volume.ts'
import { howTheyLie } from './how-they-lie.ts'

const LIMITS = { mostMm: 30, mostDegrees: 20 }

function told(flair: Volume<'scan'>, t1 = seen('t1')): string {
  const lie = howTheyLie(t1, flair, NORMALIZE, LIMITS)!
  return 'way' in lie ? `${lie.kind} ${lie.way.code}` : lie.kind
}

test('a head in two scans lies together, still or moved', () => {
  assert.equal(told(seen('flair')), 'together')
  assert.equal(told(seen('flair', [4, -9, 7, -8, 5, 10])), 'together')
})

test('left and right exchanged by either header is seen, moved or not', () => {
  assert.equal(told(turned(seen('flair'), 'LAS')), 'mirrored LAS')
  assert.equal(told(turned(seen('flair', [4, -9, 7, -8, 5, 10]), 'LAS')), 'mirrored LAS')
  assert.equal(told(seen('flair'), turned(seen('t1'), 'LAS')), 'mirrored LAS')
})

test('front and back, up and down, two axes exchanged: mirrored; two of them at once: turned', () => {
  // the waves of this head fit themselves in more than one mirror image
  for (const code of ['RPS', 'ARS']) assert.match(told(turned(seen('flair'), code)), /^mirrored /)
  assert.equal(told(turned(seen('flair'), 'RPI')), 'turned RPI')
})

test('a head turned further than is looked for, and noise, are not known to lie anywhere', () => {
  assert.equal(told(seen('flair', [0, 0, 0, 45, 0, 0])), 'unknown')
  const flair = seen('flair')
  // of the same values, in another order
  const data = flair.data.map((_, at) => flair.data[(at * 7919) % flair.data.length]!)
  assert.equal(told({ ...flair, data }), 'unknown')
})
