/** The process of made-web.ts: one message, one answer. */
import { transformSync } from 'amaro'
import { docsPage } from './docs-page.ts'
import type { MadeAnswer, WebSources } from './made-web.ts'

process.once('message', (sources: WebSources) => {
  process.send?.(answerTo(sources), () => process.disconnect())
})

function answerTo({ scripts, openapi }: WebSources): MadeAnswer {
  try {
    const stripped = Object.entries(scripts).map(([name, source]) => [name, withoutTypes(name, source)] as const)
    return { made: { scripts: Object.fromEntries(stripped), docs: openapi === null ? null : docsPage(openapi) } }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}

/** Its types replaced by blanks, so that lines and columns stay what they were. */
function withoutTypes(filename: string, source: string): string {
  try {
    return transformSync(source, { mode: 'strip-only', filename }).code
  } catch (error) {
    throw new Error(`${filename} is no TypeScript of which the types can be erased`, { cause: error })
  }
}
