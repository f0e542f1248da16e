/**
 * Prints the picture of the imports of src without its tests (npm run -s imports): a line a room, the lowest first. An
 * arrow leads to the rooms that a room uses, with the number of imports, and so always up the page.
 */
import { pictureOf, readImports } from './fixtures/imports.ts'

const imports = readImports(['src/**/*.ts'])
console.log(pictureOf(new Map([...imports].filter(([file]) => !file.endsWith('.test.ts')))))
