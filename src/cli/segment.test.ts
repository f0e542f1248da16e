import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { parseSegmentArgs } from './segment.ts'
import { checkOutput } from './segment-checks.ts'

const card = tinyCard('tiny', new Uint8Array(1)) // t1, flair
const parse = (line: string) => parseSegmentArgs(line.split(' '), card)

test('a scan that stands alone is the first channel of the card; the others are named', () => {
  assert.deepEqual(parse('a.nii -o out.nii.gz').scans, { t1: 'a.nii' })
  assert.deepEqual(parse('a.nii --flair b.nii -o out.nii.gz').scans, { t1: 'a.nii', flair: 'b.nii' })
  assert.deepEqual(parse('--flair b.nii -o out.nii.gz').scans, { flair: 'b.nii' })
})

test('the device is auto unless it is said', () => {
  assert.equal(parse('a.nii -o out.nii.gz').values.device, 'auto')
  assert.equal(parse('a.nii -o out.nii.gz --device cpu').values.device, 'cpu')
})

test('who says that the sequences are right says as-sent, and nothing else', () => {
  assert.equal(parse('a.nii -o out.nii.gz --sequence as-sent').values.sequence, 'as-sent')
  assert.throws(() => parse('a.nii -o out.nii.gz --sequence t1'), /--sequence can be as-sent; found 't1'/)
})

test('of two affines the qform can be asked for, and nothing else', () => {
  assert.equal(parse('a.nii -o out.nii.gz --affine qform').values.affine, 'qform')
  assert.throws(() => parse('a.nii -o out.nii.gz --affine sform'), /--affine can be qform; found 'sform'/)
})

test('what cannot be a brain fails where it is asked to', () => {
  assert.equal(parse('a.nii -o out.nii.gz --strict').values.strict, true)
  assert.equal(parse('a.nii -o out.nii.gz').values.strict, undefined)
})

test('a map of the confidence and flip averaging are asked for by name', () => {
  const { values } = parse('a.nii -o out.nii.gz --confidence sure.nii.gz --flip-average')
  assert.equal(values.confidence, 'sure.nii.gz')
  assert.equal(values['flip-average'], true)
  assert.equal(parse('a.nii -o out.nii.gz').values['flip-average'], undefined)
})

test('what cannot be meant is a usage error', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['-o out.nii.gz', /no scan/],
    ['a.nii', /-o <labels\.nii\.gz> is missing/],
    ['a.nii -o out.nii.gz --confidence sure.nii', /--confidence must end in \.nii\.gz; found 'sure\.nii'/],
    ['a.nii -o out.nii.gz --picture out.jpg', /--picture must end in \.png; found 'out\.jpg'/],
    ['a.nii -o out.nii.gz --pdf report', /--pdf must end in \.pdf; found 'report'/],
    ['a.nii --t1 b.nii -o out.nii.gz', /t1 is given twice/],
    ['a.nii b.nii -o out.nii.gz', /name the others: --t1 --flair/],
    ['a.nii --t2 b.nii -o out.nii.gz', /--t2/],
  ]
  for (const [line, message] of wrong) {
    assert.throws(
      () => parse(line),
      (error: Error & { code?: string }) => message.test(error.message) && /^ERR_PARSE_ARGS_/.test(error.code ?? ''),
      line,
    )
  }
})

test('a scan that nothing is given with may be a study; one that is named, or one of two, is none', () => {
  assert.equal(parse('study -o out').alone, 'study')
  assert.equal(parse('--t1 study -o out').alone, undefined)
  assert.equal(parse('study --flair b -o out').alone, undefined)
})

test('a map goes into a file that ends in .nii.gz, results of DICOM into a folder as well, those of a study only there', () => {
  const usage = (message: RegExp) => (error: Error & { code?: string }) =>
    message.test(error.message) && error.code === 'ERR_PARSE_ARGS_ONELABEL'
  assert.throws(
    () => checkOutput({ output: 'out.nii' }, false, false),
    usage(/-o must end in \.nii\.gz; found 'out\.nii'/),
  )
  checkOutput({ output: 'out.nii.gz' }, false, false)
  checkOutput({ output: 'out' }, true, false)
  checkOutput({ output: 'out.nii.gz' }, true, false)
  checkOutput({ output: 'out', rules: 'rules.json' }, true, true)
  assert.throws(() => checkOutput({ output: 'out.nii.gz' }, true, true), usage(/into a folder/))
  assert.throws(
    () => checkOutput({ output: 'out', rules: 'rules.json' }, true, false),
    usage(/--rules are for a DICOM study/),
  )
})
