import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { type Card, cardSchema } from '../model/card.ts'
import { postprocess } from './postprocess.ts'

const tiny = tinyCard('tiny', new Uint8Array(1))
const lesion = (value: number, name: string): Card['labels'][number] => ({ ...tiny.labels[2]!, value, name })
const MASS = { tumour: 'tumour', oedema: 'oedema', otherwise: 'hyperintensity', leastMl: 0.016 }
const card = {
  ...tiny,
  labels: [...tiny.labels.slice(0, 2), lesion(2, 'oedema'), lesion(3, 'tumour'), lesion(4, 'hyperintensity')],
  postprocess: { minLesionMl: 0, keepLargestComponent: false, mass: MASS },
}

/** One plane of voxels of 8 µL. */
function cleaned(rows: readonly string[], notAssessable: readonly number[] = []): string[] {
  const [nx, ny] = [rows[0]!.length, rows.length]
  const data = Uint8Array.from(rows.join(''), Number)
  const affine = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
  const found = { shape: [nx, ny, 1], affine, data, confidence: data.map(() => 255) } as const
  const input = { foregroundMl: Number.POSITIVE_INFINITY, silent: data.map(() => 0), channels: [], longestEdgesMm: [] }
  const labels = postprocess(found, card, input, notAssessable).data
  return rows.map((_, row) => [...labels.subarray(row * nx, (row + 1) * nx)].join(''))
}

test('what hangs together with a tumour is its oedema; what hangs together with none is hyperintensity', () => {
  // two voxels of tumour, held by a corner to the hyperintensity below; oedema alone; one voxel of tumour, too few
  assert.deepEqual(cleaned(['12331112', '14111111', '11141231', '11111111']), [
    '12331114',
    '12111111',
    '11141441',
    '11111111',
  ])
})

test('where hyperintensities cannot be seen, nothing becomes one', () => {
  assert.deepEqual(cleaned(['1111111', '1221331', '1111111'], [4]), ['1111111', '1111331', '1111111'])
})

test('a card that names no lesion of its own is refused', () => {
  const wrong = { ...card.postprocess, mass: { ...MASS, oedema: 'tissue' } }
  const { error } = cardSchema.safeParse({ ...card, postprocess: wrong })
  assert.match(error!.message, /'tissue' is no lesion among the labels/)
  assert.equal(cardSchema.safeParse(card).success, true)
})
