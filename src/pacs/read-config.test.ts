import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePacsConfig, readPacsConfig } from './read-config.ts'

/** As issue and manual show it. */
const SHAPE = {
  sources: [{ name: 'gateway', kind: 'orthanc', url: 'http://127.0.0.1:8042' }],
  destinations: [{ name: 'back', kind: 'stow', url: 'http://127.0.0.1:8042/dicom-web' }],
  rules: [
    {
      name: 'brain',
      model: 'joint-wmh',
      require: ['t1'],
      wish: ['flair'],
      send: ['seg', 'sr'],
      to: ['back'],
      seriesQuietS: 60,
      studyQuietS: 900,
      capS: 5400,
      strict: true,
      onRefused: 'park',
      rerun: 'never',
    },
  ],
}

function faultsOf(value: unknown): readonly string[] {
  const read = parsePacsConfig(typeof value === 'string' ? value : JSON.stringify(value), '/etc/onelabel')
  return read.ok ? [] : read.faults.map((fault) => fault.replace('ONELABEL_PACS_CONFIG: ', ''))
}

test('the shape of the manual is understood, and what it leaves out has its default', () => {
  const read = parsePacsConfig(JSON.stringify(SHAPE), '/etc/onelabel')
  assert.ok(read.ok)
  const [{ url, ...source }] = read.config.sources as [(typeof read.config.sources)[number]]
  assert.deepEqual(source, { name: 'gateway', kind: 'orthanc', everyS: 30, from: 'now' })
  assert.equal(url.href, 'http://127.0.0.1:8042/')
  assert.equal(read.config.destinations[0]?.url.href, 'http://127.0.0.1:8042/dicom-web/')
  assert.deepEqual(read.config.rules, SHAPE.rules)
  const { send, to, ...short } = SHAPE.rules[0]!
  const defaults = { name: short.name, model: short.model, require: short.require, wish: short.wish }
  const again = parsePacsConfig(JSON.stringify({ rules: [defaults] }), '/')
  assert.ok(again.ok)
  assert.deepEqual(again.config.rules, [{ ...short, send, to: [] }])
})

test('every fault is told at once, where it is, without its value', () => {
  const [source] = SHAPE.sources
  const faults = faultsOf({
    sources: [
      { ...source, name: 'Gate way', url: 'ftp://hospital' },
      { ...source, url: 'http://doe:secret@pacs', pol: 5 },
    ],
    destinations: [
      { name: 'a', kind: 'stow', url: 'https://pacs/dicom', username: 'doe' },
      { name: 'a', kind: 'orthanc', url: 'https://pacs', modality: 'X', peer: 'y' },
      { name: 'b', kind: 'dimse', url: 'https://pacs' },
    ],
    rules: [{ name: 'r', model: 'm', require: [], capS: -1 }],
  })
  assert.deepEqual(
    faults.map((fault) => fault.split(': ')[0]),
    [
      'sources[0].name',
      'sources[0].url',
      'sources[1].url',
      'sources[1]',
      'destinations[0]',
      'destinations[1]',
      'destinations[2].kind',
      'rules[0].require',
      'rules[0].capS',
    ],
  )
  assert.match(faults[3]!, /has no pol/)
  assert.ok(!/secret|doe|hospital/.test(faults.join()), faults.join('\n'))
})

test('names are there once, and a rule sends only where there is a destination', () => {
  const [rule] = SHAPE.rules
  const twice = { ...SHAPE, destinations: [...SHAPE.destinations, ...SHAPE.destinations] }
  assert.deepEqual(faultsOf(twice), ['destinations[1].name: there are two named back'])
  assert.deepEqual(faultsOf({ ...SHAPE, rules: [{ ...rule, to: ['away'], wish: ['t1'] }] }), [
    'rules[0].to: there is no destination away; there are: back',
    'rules[0].wish: t1 is required already',
  ])
  assert.deepEqual(faultsOf({ ...SHAPE, rules: [{ ...rule, seriesQuietS: 901 }] }), [
    'rules[0]: must have seriesQuietS, studyQuietS and capS that do not fall, in this order',
  ])
})

test('a study is remembered for longer than its source finds it', () => {
  const web = { name: 'web', kind: 'dicomweb', url: 'https://pacs/dicom', days: 29 }
  assert.deepEqual(faultsOf({ sources: [web], keepDays: 30 }), [
    'sources[0].days: must be less than keepDays (30) by more than one',
  ])
  assert.deepEqual(faultsOf({ sources: [web], keepDays: 31 }), [])
})

test('paths are relative to the folder of the file', () => {
  const peer = { ...SHAPE.sources[0], tokenFile: 'token', tls: { caFile: '/ca.pem', certFile: 'c', keyFile: 'k' } }
  const read = parsePacsConfig(JSON.stringify({ sources: [peer] }), '/etc/onelabel')
  assert.ok(read.ok)
  const [{ tokenFile, tls }] = read.config.sources as [(typeof read.config.sources)[number]]
  assert.equal(tokenFile, '/etc/onelabel/token')
  assert.deepEqual(tls, { caFile: '/ca.pem', certFile: '/etc/onelabel/c', keyFile: '/etc/onelabel/k' })
})

test('what is no JSON, and no file, is said without a word of it', async () => {
  assert.deepEqual(faultsOf('{"password": hunter2'), ['is not JSON'])
  assert.deepEqual(await readPacsConfig('/nowhere/pacs.json'), {
    ok: false,
    faults: ['ONELABEL_PACS_CONFIG: cannot be read (ENOENT)'],
  })
})
