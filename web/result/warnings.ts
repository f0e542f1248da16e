/** What a person should know about a result: what was seen, what it means, what to do. */
import type { ExplainedWarning } from '../../src/inference/report.ts'
import { make } from '../dom.ts'
import { sentence } from '../problem-card.ts'
import { counted } from '../words.ts'

/** Null without any. */
export function warningList(warnings: readonly ExplainedWarning[]): HTMLElement | null {
  if (warnings.length === 0) return null
  const items = warnings.map(({ code, message, means, todo }) =>
    make('li', { 'data-code': code }, [
      make('p', {}, [make('strong', {}, sentence(message))]),
      make('p', {}, means),
      make('p', {}, [make('span', { class: 'todo' }, 'What to do: '), todo]),
    ]),
  )
  return make('section', { class: 'card warn' }, [
    make('h2', {}, `${counted(warnings.length, 'warning')}`),
    make('ul', { class: 'warnings' }, items),
  ])
}
