/** No test is left out by `npm test`, nor run twice; what the groups are: fixtures/groups.ts. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { groupsOf, root, testFiles } from './fixtures/groups.ts'

test('every test that git knows or does not ignore is in one group and in no other', (t) => {
  let listed: string
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.test.ts']
    listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return t.skip('no git, or no clone, to ask')
  }
  const { shared, isolated, alone } = groupsOf(testFiles(), 2)
  const known = listed.split('\n').filter(Boolean)
  assert.deepEqual([...shared.flat(), ...isolated, ...alone].sort(), known.sort())
})

test('a pure test shares a process; one with hooks for each test, of the process itself or of the service has its own', () => {
  const texts: Readonly<Record<string, string>> = {
    'src/volume/pure.test.ts': "test('a', () => {})",
    'training/also.test.ts': "  afterEach(() => {}) // within describe()\nbefore(() => tf.setBackend('cpu'))",
    'src/volume/hooked.test.ts': 'beforeEach(() => {})',
    'src/nifti/memory.test.ts': 'process.resourceUsage().maxRSS',
    'src/api/app.test.ts': "test('a', () => {})",
    'test/alone/load.test.ts': "test('a', () => {})",
  }
  assert.deepEqual(
    groupsOf(Object.keys(texts), 2, (file) => texts[file]!),
    {
      shared: [['src/volume/pure.test.ts'], ['training/also.test.ts']],
      isolated: ['src/volume/hooked.test.ts', 'src/nifti/memory.test.ts', 'src/api/app.test.ts'],
      alone: ['test/alone/load.test.ts'],
    },
  )
})
