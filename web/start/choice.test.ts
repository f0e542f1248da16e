/** What was chosen to be sent: placed by names where they say something, moved by a person, and nothing sent that nobody placed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moved, NOTHING, notYet, withFiles, without } from './choice.ts'

const CHANNELS = ['t1', 'flair']
const file = (name: string) => new File(['no scan'], name)
const named = async (...names: string[]) => withFiles(NOTHING, names.map(file), CHANNELS)

test('files go where their names propose, and the rest waits for a person', async () => {
  const choice = await named('a_T1w.nii', 'b_FLAIR.nii', 'c.nii', 'd_T1.nii')
  assert.deepEqual(
    Object.entries(choice.slots).map(([channel, { file, isProposed }]) => [channel, file.name, isProposed]),
    [
      ['t1', 'a_T1w.nii', true],
      ['flair', 'b_FLAIR.nii', true],
    ],
  )
  assert.deepEqual(
    choice.unplaced.map(({ file }) => file.name),
    ['c.nii', 'd_T1.nii'],
  )
  assert.match(notYet(choice, CHANNELS, 'any')!, /which scan it is/)
  const rest = choice.unplaced.reduce(without, choice)
  assert.equal(notYet(rest, CHANNELS, 'any'), null)
  assert.match(choice.slots['t1']!.trouble!, /neither NIfTI/)
})

test('two files trade places, and one that is displaced is not lost', async () => {
  const both = await named('T1.nii', 'FLAIR.nii')
  const traded = moved(both, both.slots['t1']!, 'flair')
  assert.deepEqual([traded.slots['t1']!.file.name, traded.slots['flair']!.file.name], ['FLAIR.nii', 'T1.nii'])
  const waiting = await named('T1.nii', 'x.nii')
  const placed = moved(waiting, waiting.unplaced[0]!, 't1')
  assert.equal(placed.slots['t1']!.file.name, 'x.nii')
  assert.deepEqual(
    placed.unplaced.map(({ file }) => file.name),
    ['T1.nii'],
  )
})

test('nothing, and one of two that are both needed, cannot be sent', async () => {
  assert.match(notYet(NOTHING, CHANNELS, 'any')!, /Choose a scan/)
  assert.match(notYet(await named('T1.nii'), CHANNELS, 'all')!, /all of its scans/)
})
