import assert from 'node:assert/strict'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkFolder, checkPaths } from './segment-paths.ts'

let folder: string
const at = (...names: string[]) => names.map((name) => join(folder, name))
const usage = (pattern: RegExp) => (error: Error & { code?: string }) =>
  pattern.test(error.message) && error.code === 'ERR_PARSE_ARGS_ONELABEL'

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-paths-'))
  writeFileSync(join(folder, 't1.nii.gz'), 'scan')
  linkSync(join(folder, 't1.nii.gz'), join(folder, 'hard.nii.gz'))
  symlinkSync(join(folder, 't1.nii.gz'), join(folder, 'soft.nii.gz'))
  mkdirSync(join(folder, 'folder.nii.gz'))
})
after(() => rmSync(folder, { recursive: true }))

test('a readable scan and a new or an old target in a writable folder will do', async () => {
  await checkPaths(at('t1.nii.gz'), at('labels.nii.gz'))
  writeFileSync(join(folder, 'old.nii.gz'), 'labels')
  await checkPaths(at('t1.nii.gz'), at('old.nii.gz', 'report.json'))
})

test('a scan is never overwritten, by whatever name it is called', async () => {
  for (const name of ['t1.nii.gz', 'hard.nii.gz', 'soft.nii.gz', join('folder.nii.gz', '..', 't1.nii.gz')]) {
    await assert.rejects(checkPaths(at('t1.nii.gz'), at(name)), usage(/is a scan/), name)
  }
})

test('folders and files that are not there are refused by name', async () => {
  await assert.rejects(checkPaths(at('none.nii'), []), usage(/cannot read .*none\.nii$/))
  await assert.rejects(checkPaths(at('t1.nii.gz'), at('folder.nii.gz')), usage(/cannot write .*it is a folder/))
  await assert.rejects(checkPaths(at('t1.nii.gz'), at('none/a.nii.gz')), usage(/cannot write into .*none$/))
})

test('the label map and the report are two files', async () => {
  await assert.rejects(checkPaths(at('t1.nii.gz'), at('a.nii.gz', 'a.nii.gz')), usage(/a file each/))
})

test('results go into a folder of their own, which is made, and never into one that is read', async () => {
  const [study, out, within] = at('study', 'out/a', 'study/out') as [string, string, string]
  mkdirSync(study)
  await checkFolder([study], out)
  writeFileSync(join(out, 'labels.nii.gz'), 'labels')
  for (const folder of [study, within]) await assert.rejects(checkFolder([study], folder), usage(/which is read/))
  await checkFolder([study], `${study}-2`)
})
