/**
 * openapi.yaml as a page to read: every operation with what it takes, what it answers and how it is called. Made once at the start,
 * without a script, so that the page needs nothing but its style (web/docs.css) and the policy of the other pages holds.
 */
import { stringify } from 'yaml'
import { escaped } from '../inference/qc-html.ts'
import { examplesOf } from './docs-examples.ts'
import { type Described, describedIn, type Operation } from './docs-operations.ts'

/** @returns HTML */
export function docsPage(openapi: string): string {
  const described = describedIn(openapi)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(described.title)}: how to call it</title>
<link rel="stylesheet" href="docs.css">
</head>
<body>
<header>
<h1>${escaped(described.title)}: how to call it</h1>
<p><strong>Research use only.</strong> Not a medical device. <a href="./">The page</a> · <a href="openapi.yaml">openapi.yaml</a></p>
</header>
<nav aria-label="Operations">
${navigation(described.operations)}
</nav>
<main>
<section>
<h2 id="first">Before you begin</h2>
<p>The examples take the address of the service, a key where it asks for one, and the id of a job from the environment; Python needs
<code>pip install requests</code>.</p>
<pre tabindex="0">export BASE=http://localhost:8080 KEY=ol_… ID=…</pre>
${prose(described.description)}
</section>
${described.operations.map(section).join('\n')}
<section>
<h2 id="schemas">Schemas</h2>
${schemasOf(described)}
</section>
</main>
</body>
</html>
`
}

function navigation(operations: readonly Operation[]): string {
  const items = operations.map(
    ({ id, method, path }) => `<li><a href="#${escaped(id)}">${nameOf(method, path)}</a></li>`,
  )
  return `<ul>\n${items.join('\n')}\n<li><a href="#schemas">Schemas</a></li>\n</ul>`
}

function section(operation: Operation): string {
  const { id, method, path, summary, description, parameters, body, answers, isOpen } = operation
  const examples = examplesOf(operation)
  const shown =
    examples === null
      ? '<p>A browser goes there; there is nothing for a program to call.</p>'
      : Object.entries({ curl: examples.curl, JavaScript: examples.javascript, Python: examples.python })
          .map(
            ([language, code]) =>
              `<h4>${language}</h4>\n<pre tabindex="0" data-language="${language}">${escaped(code)}</pre>`,
          )
          .join('\n')
  const rows = parameters.map((one) => [
    `<code>${escaped(one.name)}</code>`,
    one.in + (one.required ? ', needed' : ''),
    inline(one.description),
  ])
  const bodies = Object.keys(body).map((type) => `<code>${escaped(type)}</code>`)
  return `<section aria-labelledby="${escaped(id)}">
<h2 id="${escaped(id)}">${nameOf(method, path)}</h2>
<p>${inline(summary)}.${isOpen ? ' Open to everyone.' : ''}</p>
${prose(description)}
${rows.length > 0 ? `<h3>What it takes</h3>\n${table(['name', 'where', 'what'], rows)}` : ''}
${bodies.length > 0 ? `<h3>Its body</h3>\n<p>One of ${bodies.join(', ')}.</p>` : ''}
<h3>Its answers</h3>
${table(
  ['status', 'what', 'as'],
  answers.map(({ status, description: what, types }) => [
    escaped(status),
    inline(what),
    types.map((type) => `<code>${escaped(type)}</code>`).join(', '),
  ]),
)}
<h3>Example</h3>
${shown}
</section>`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((one) => `<th scope="col">${one}</th>`).join('')
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`
}

function schemasOf({ schemas }: Described): string {
  return Object.entries(schemas)
    .map(
      ([name, schema]) =>
        `<h3 id="schema-${escaped(name)}">${escaped(name)}</h3>\n<pre tabindex="0">${escaped(stringify(schema))}</pre>`,
    )
    .join('\n')
}

const nameOf = (method: string, path: string): string => `${method.toUpperCase()} <code>${escaped(path)}</code>`

/** Paragraphs. */
function prose(text: string): string {
  return text
    .split(/\n\s*\n|\n{1,}(?=\S)/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => `<p>${inline(paragraph.trim())}</p>`)
    .join('\n')
}

/** What stands in backticks is code. */
function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}
