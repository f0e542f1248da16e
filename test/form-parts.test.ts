/** The forms of openapi.yaml name each file that the bundled models take, so that a client made of it has a type for each. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
}
interface Description {
  readonly paths: Readonly<
    Record<
      string,
      { readonly post: { readonly requestBody: { readonly content: Record<string, { schema: Schema }> } } }
    >
  >
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const root = resolve(import.meta.dirname, '..')
const { paths, components } = parse(readFileSync(join(root, 'openapi.yaml'), 'utf8')) as Description

const follow = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : follow(components.schemas[schema.$ref.split('/').at(-1)!]!)
const isFile = (schema: Schema): boolean => {
  const { type, format, items } = follow(schema)
  return type === 'array' ? isFile(items!) : type === 'string' && format === 'binary'
}
const formOf = (path: string): Schema => paths[path]!.post.requestBody.content['multipart/form-data']!.schema
const filesOf = (form: Schema): string[] =>
  Object.keys(form.properties!).filter((name) => isFile(form.properties![name]!))

const channels = new Set(
  readdirSync(join(root, 'models')).flatMap((id) => {
    const card = JSON.parse(readFileSync(join(root, 'models', id, 'card.json'), 'utf8')) as {
      channels: { name: string }[]
    }
    return card.channels.map(({ name }) => name)
  }),
)

test('a form has a part for each channel of the bundled models and for a study, and takes files of other names', () => {
  const form = formOf('/v1/segmentations')
  assert.deepEqual(filesOf(form).sort(), [...channels, 'dicom'].sort())
  assert.ok(isFile(form.additionalProperties!))
})

test('so has the form of two dates, for each date', () => {
  const form = formOf('/v1/comparisons')
  const dated = [...channels, 'dicom'].flatMap((name) => [`before_${name}`, `after_${name}`])
  assert.deepEqual(filesOf(form).sort(), dated.sort())
  assert.ok(isFile(form.additionalProperties!))
})
