import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvOf, parseCsv } from './csv.ts'

test('cells with commas, quotes and ends of line stand in quotes, and nothing is an empty cell', () => {
  assert.equal(
    csvOf([
      ['plain', 'a,b', 'say "x"', 'two\nlines'],
      [null, 0, 1.5, ''],
    ]),
    'plain,"a,b","say ""x""","two\nlines"\r\n,0,1.5,\r\n',
  )
})

test('a text that a spreadsheet would compute gets an apostrophe before it; a number is a number', () => {
  const texts = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '＝1', 'a=1', '=a,b']
  assert.equal(csvOf([[...texts, -1]]), `'=1+1,'+1,'-1,'@SUM(A1),'\t=1,'＝1,a=1,"'=a,b",-1\r\n`)
})

test('what was written is read, with the line that each record begins on', () => {
  const rows = [
    ['a', 'b,"c"'],
    ['two\r\nlines', 'é'],
    ['', 'last'],
  ]
  const { records, faults } = parseCsv(csvOf(rows))
  assert.deepEqual(faults, [])
  assert.deepEqual(
    records.map(({ cells }) => cells),
    rows,
  )
  assert.deepEqual(
    records.map(({ line }) => line),
    [1, 2, 4],
  )
})

test('a byte order mark, ends of line without CR, empty lines and a last line without an end are taken', () => {
  assert.deepEqual(parseCsv('\uFEFFa,b\n\n1,2\r\n3,').records, [
    { line: 1, cells: ['a', 'b'] },
    { line: 3, cells: ['1', '2'] },
    { line: 4, cells: ['3', ''] },
  ])
  assert.deepEqual(parseCsv('').records, [])
})

test('quotes that do not match are told with their lines', () => {
  assert.deepEqual(parseCsv('a\nb"c\n"d"e\n"f').faults, [
    'line 2: a quote within a cell that is not quoted: b"c',
    'line 3: something follows the quote that closes a cell',
    'line 4: a quote is opened and not closed',
  ])
})
