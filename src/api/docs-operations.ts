/** What openapi.yaml says of each operation, as far as the page of it shows (docs-page.ts): references followed, nothing checked. */
import { parse } from 'yaml'

export interface Described {
  readonly title: string
  readonly description: string
  readonly operations: readonly Operation[]
  /** Name → JSON Schema. */
  readonly schemas: Readonly<Record<string, unknown>>
}

export interface Operation {
  readonly id: string
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  readonly summary: string
  readonly description: string
  /** Nobody is asked for a key. */
  readonly isOpen: boolean
  readonly parameters: readonly Parameter[]
  /** Content type → what is sent; empty: no body. */
  readonly body: Readonly<Record<string, Media>>
  readonly answers: readonly Answer[]
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description: string
  readonly example?: unknown
}

export interface Media {
  /** Names and values; of a form a value that begins with @ is a file. */
  readonly example?: Readonly<Record<string, string>>
  readonly schema?: Node
}

export interface Answer {
  readonly status: string
  readonly description: string
  readonly types: readonly string[]
}

type Node = Readonly<Record<string, unknown>>

const METHODS = ['get', 'post', 'put', 'delete'] as const

export function describedIn(openapi: string): Described {
  const root = parse(openapi) as Node
  const follow = (node: unknown): Node => {
    const found = (node ?? {}) as Node
    const reference = found['$ref']
    if (typeof reference !== 'string') return found
    return follow(
      reference
        .slice(2)
        .split('/')
        .reduce<unknown>((at, key) => (at as Node)[key], root),
    )
  }
  const parametersOf = (node: Node): Parameter[] =>
    listOf(node['parameters'])
      .map(follow)
      .map((one) => ({
        name: textOf(one['name']),
        in: one['in'] as Parameter['in'],
        required: one['required'] === true,
        description: textOf(one['description']),
        ...(one['example'] !== undefined && { example: one['example'] }),
      }))
  const operations = Object.entries(follow(root['paths'])).flatMap(([path, item]) =>
    METHODS.flatMap((method): Operation[] => {
      const node = (item as Node)[method] as Node | undefined
      if (node === undefined) return []
      const answers = Object.entries(follow(node['responses'])).map(([status, answer]) => {
        const { description, content } = follow(answer)
        return { status, description: textOf(description), types: Object.keys((content ?? {}) as Node) }
      })
      return [
        {
          ...{ id: textOf(node['operationId']), method, path },
          ...{ summary: textOf(node['summary']), description: textOf(node['description']) },
          isOpen: Array.isArray(node['security']) && node['security'].length === 0,
          parameters: [...parametersOf(item as Node), ...parametersOf(node)],
          body: (follow(node['requestBody'])['content'] ?? {}) as Operation['body'],
          answers,
        },
      ]
    }),
  )
  const { title, description } = follow(root['info'])
  const { schemas } = follow(root['components'])
  return { title: textOf(title), description: textOf(description), operations, schemas: schemas as Node }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')
