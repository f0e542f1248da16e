/** The cards that are shipped say what their release notes say, so that the next release says it, too. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readModels } from '../../src/model/registry.ts'
import { readNotes } from './notes.ts'

const models = await readModels(join(import.meta.dirname, '../../models'))

for (const { card } of models) {
  test(`${card.id}: what channels do not show, the range of lesions, uses and failures are those of its notes`, async () => {
    const { intendedUse, license, trainedRange, assessment, knownFailures } = await readNotes(card.id)
    assert.ok(assessment !== undefined && assessment.length > 0)
    assert.deepEqual(card.assessment, assessment)
    assert.deepEqual(
      [card.intendedUse, card.license, card.trainedRange, card.knownFailures],
      [intendedUse, license, trainedRange, knownFailures],
    )
  })
}
