/** A refusal, as it is shown everywhere: what it is, in the service's words, and the code for whoever is asked about it. */
import { make } from './dom.ts'
import type { Problem } from './server/request.ts'

export function problemCard({ title, detail, code }: Problem): HTMLElement {
  return make('div', { class: 'card bad', role: 'alert' }, [
    make('p', {}, [make('strong', {}, title)]),
    make('p', {}, sentence(detail)),
    make('p', { class: 'small' }, `Code: ${code}`),
  ])
}

/** Details begin small where a program reads them. */
export const sentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
