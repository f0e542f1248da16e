/**
 * Prints the pictures of the imports of src and of training without their tests (npm run -s imports): a line a room, the
 * lowest first. An arrow leads to the rooms that a room uses, with the number of imports, and so always up the page. What
 * training uses of src is left out of its picture.
 */
import { type Imports, LADDER, pictureOf, readImports, TRAINING_LADDER } from './fixtures/imports.ts'

/** The imports between the programs of one tree. */
function within(tree: string): Imports {
  const imports = [...readImports([`${tree}/**/*.ts`])].filter(([file]) => !file.endsWith('.test.ts'))
  return new Map(imports.map(([file, used]) => [file, used.filter((other) => other.startsWith(`${tree}/`))]))
}

for (const [tree, ladder] of [
  ['src', LADDER],
  ['training', TRAINING_LADDER],
] as const)
  console.log(`${tree}/\n\n${pictureOf(within(tree), ladder)}\n`)
