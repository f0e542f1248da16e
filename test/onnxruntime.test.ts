/** onnxruntime's run() blocks its thread: the process that answers requests must never load it (docs/decisions/0002). */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const src = resolve(import.meta.dirname, '../src')

/** What a file really loads: `import type` and `export type` are erased, dynamic imports count. */
function loadedBy(source: string): string[] {
  const statics = source.matchAll(/^(?:import|export)\s(?!type\s)(?:[^'"]*?\bfrom\s*)?'([^']+)'/gm)
  const dynamics = source.matchAll(/\bimport\(\s*'([^']+)'/g)
  return [...statics, ...dynamics].map(([, specifier]) => specifier!)
}

/** Files (relative to src) and packages reached from the given files. */
function reachedFrom(files: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = files.map((file) => join(src, file))
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(relative(src, path))) continue
    reached.add(relative(src, path))
    for (const specifier of loadedBy(readFileSync(path, 'utf8'))) {
      if (specifier.startsWith('.')) waiting.push(resolve(dirname(path), specifier))
      else reached.add(specifier)
    }
  }
  return reached
}

test('the service reaches the supervisor, but neither onnxruntime nor the file that wraps it', () => {
  const reached = reachedFrom(['main.ts', ...globSync('api/*.ts', { cwd: src }).filter((f) => !f.endsWith('.test.ts'))])
  assert.ok(reached.has('compute/supervisor.ts'))
  assert.ok(reached.has('express'))
  assert.ok(!reached.has('network/ort.ts'))
  assert.ok(!reached.has('onnxruntime-node'))
})

test('the same walk finds onnxruntime from the child', () => {
  assert.ok(reachedFrom(['compute/child.ts']).has('onnxruntime-node'))
})

test('one file of src imports onnxruntime', () => {
  const importers = globSync('**/*.ts', { cwd: src }).filter(
    (file) =>
      !file.endsWith('.test.ts') && loadedBy(readFileSync(join(src, file), 'utf8')).includes('onnxruntime-node'),
  )
  assert.deepEqual(importers, ['network/ort.ts'])
})

test('types are not loaded, nor is other text; values, side effects and dynamic imports are', () => {
  const source = `import type { A } from 'a'\nimport { type B, b } from 'b'\nexport { c } from 'c'\nimport 'd'\nawait import('e')\nexport const f = ['f']`
  assert.deepEqual(loadedBy(source), ['b', 'c', 'd', 'e'])
})
