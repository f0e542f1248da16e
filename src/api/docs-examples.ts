/**
 * An operation as a command of curl and as a few lines of JavaScript (Node) and Python (requests), which run as they stand: `BASE`
 * is the address of the service, `KEY` a key where it asks for one, `ID` the id of a job. A test runs those of curl and Node.
 */
import type { Media, Operation } from './docs-operations.ts'

export interface Examples {
  readonly curl: string
  readonly javascript: string
  readonly python: string
}

/** What the request has, whatever the language. */
interface Call {
  readonly method: string
  /** `/v1/segmentations/{ID}`: what is in braces is a variable of the environment. */
  readonly path: string
  readonly isOpen: boolean
  /** Field → value of a form; a value that begins with @ is a file. */
  readonly form?: Readonly<Record<string, string>>
  readonly json?: object
  /** The whole body. */
  readonly file?: { readonly name: string; readonly type: string }
  /** Where the answer is kept; null: it is shown. */
  readonly saved: string | null
  readonly isStream: boolean
}

/** null: only a browser asks for it. */
export function examplesOf(operation: Operation): Examples | null {
  if (operation.answers.some(({ status }) => status === '303')) return null
  const call = callOf(operation)
  return { curl: curlOf(call), javascript: javascriptOf(call), python: pythonOf(call) }
}

const FILE_TYPES: Readonly<Record<string, string>> = {
  'application/gzip': '.nii.gz',
  'application/zip': '.zip',
  'application/dicom': '.dcm',
}

function callOf({ method, path, isOpen, parameters, body, answers }: Operation): Call {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const example = parameters.find((one) => one.in === 'path' && one.name === name)?.example
    return typeof example === 'string' ? example : `{${name.toUpperCase()}}`
  })
  const query = parameters.flatMap(({ in: place, example }) =>
    place === 'query' && typeof example === 'object' && example !== null ? Object.entries(example) : [],
  )
  const asked = query.length === 0 ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`
  const [type = ''] = answers.find(({ status }) => status.startsWith('2'))?.types ?? []
  const end = FILE_TYPES[type]
  return {
    method: method.toUpperCase(),
    path: filled + asked,
    isOpen,
    ...sentOf(body),
    saved: end === undefined ? null : `${savedAs(path)}${end}`,
    isStream: type === 'text/event-stream',
  }
}

function sentOf(body: Readonly<Record<string, Media>>): Pick<Call, 'form' | 'json' | 'file'> {
  const [form, json] = [body['multipart/form-data']?.example, body['application/json']?.example]
  if (form !== undefined) return { form }
  if (json !== undefined) return { json }
  return body['application/gzip'] === undefined ? {} : { file: { name: 'corrected.nii.gz', type: 'application/gzip' } }
}

function savedAs(path: string): string {
  const last = path.split('/').at(-1)!
  if (path === '/v1/segmentations') return 'labels'
  return last.startsWith('{') ? 'scan' : last
}

function curlOf({ method, path, isOpen, form, json, file, saved, isStream }: Call): string {
  const parts = [`curl --fail-with-body -sS${isStream ? 'N' : ''}${method === 'GET' || form ? '' : ` -X ${method}`}`]
  if (!isOpen) parts.push('-H "Authorization: Bearer $KEY"')
  for (const [name, value] of Object.entries(form ?? {})) parts.push(`-F ${name}=${value}`)
  if (json !== undefined) parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(json)}'`)
  if (file !== undefined) parts.push(`-H 'Content-Type: ${file.type}'`, `--data-binary @${file.name}`)
  if (saved !== null) parts.push(`-o ${saved}`)
  parts.push(`"$BASE${path.replace(/\{(\w+)\}/g, '$$$1')}"`)
  return parts.join(' \\\n  ')
}

function javascriptOf({ method, path, isOpen, form, json, file, saved, isStream }: Call): string {
  const files = [...(form ? Object.values(form).filter((value) => value.startsWith('@')) : []), ...(file ? ['@'] : [])]
  const fromFs = [files.length > 0 && 'openAsBlob', saved !== null && 'writeFileSync'].filter(Boolean)
  const headers = [
    ...(isOpen ? [] : [`Authorization: \`Bearer \${KEY}\``]),
    ...(json ? ["'Content-Type': 'application/json'"] : file ? [`'Content-Type': '${file.type}'`] : []),
  ]
  const variables = ['BASE', ...(isOpen ? [] : ['KEY']), ...namesIn(path)]
  const lines = [
    ...(fromFs.length > 0 ? [`import { ${fromFs.join(', ')} } from 'node:fs'`] : []),
    `const { ${variables.join(', ')} } = process.env`,
    ...(form ? ['const body = new FormData()'] : []),
    ...Object.entries(form ?? {}).map(([name, value]) =>
      value.startsWith('@')
        ? `body.set('${name}', await openAsBlob('${value.slice(1)}'), '${value.slice(1)}')`
        : `body.set('${name}', '${value}')`,
    ),
    `const answer = await fetch(\`\${BASE}${path.replace(/\{(\w+)\}/g, '$${$1}')}\`, {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length > 0 ? [`  headers: { ${headers.join(', ')} },`] : []),
    ...(form ? ['  body,'] : []),
    ...(json ? [`  body: JSON.stringify(${JSON.stringify(json)}),`] : []),
    ...(file ? [`  body: await openAsBlob('${file.name}'),`] : []),
    '})',
    'if (!answer.ok) throw new Error(await answer.text())',
    saved !== null
      ? `writeFileSync('${saved}', Buffer.from(await answer.arrayBuffer()))`
      : isStream
        ? 'for await (const chunk of answer.body) process.stdout.write(chunk)'
        : 'console.log(await answer.text())',
  ]
  return lines.join('\n')
}

function pythonOf({ method, path, isOpen, form, json, file, saved, isStream }: Call): string {
  const [fields, files] = [true, false].map((isField) =>
    Object.entries(form ?? {}).filter(([, value]) => !value.startsWith('@') === isField),
  ) as [[string, string][], [string, string][]]
  const headers = [
    ...(isOpen ? [] : ['"Authorization": f"Bearer {os.environ.get(\'KEY\')}"']),
    ...(file ? [`"Content-Type": "${file.type}"`] : []),
  ]
  const given = [
    ...(headers.length > 0 ? [`headers={${headers.join(', ')}}`] : []),
    ...(files.length > 0
      ? [`files={${files.map(([name, value]) => `"${name}": open("${value.slice(1)}", "rb")`).join(', ')}}`]
      : []),
    ...(fields.length > 0 ? [`data=${JSON.stringify(Object.fromEntries(fields))}`] : []),
    ...(json ? [`json=${JSON.stringify(json)}`] : []),
    ...(file ? [`data=open("${file.name}", "rb")`] : []),
    ...(isStream ? ['stream=True'] : []),
  ]
  const url = `f"{os.environ['BASE']}${path.replace(/\{(\w+)\}/g, "{os.environ['$1']}")}"`
  return [
    'import os',
    'import requests',
    `answer = requests.${method.toLowerCase()}(`,
    `    ${[url, ...given].join(',\n    ')},`,
    ')',
    'answer.raise_for_status()',
    saved !== null
      ? `open("${saved}", "wb").write(answer.content)`
      : isStream
        ? 'for line in answer.iter_lines(decode_unicode=True):\n    print(line)'
        : 'print(answer.text)',
  ].join('\n')
}

const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
