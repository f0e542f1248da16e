/** At the right of the bar: dark or light, and who is signed in. */
import { button, make } from './dom.ts'
import { type Session, signOut } from './server/session.ts'

const THEMES = ['auto', 'light', 'dark'] as const

/** @param then once somebody has signed out */
export function accountMenu(session: Session, then: () => void): readonly HTMLElement[] {
  const theme = make('select', { 'aria-label': 'Colours of the page' }, [], {
    change: () => setTheme(theme.value),
  })
  const kept = localStorage.getItem('theme') ?? 'auto'
  theme.append(...THEMES.map((name) => make('option', { value: name, selected: name === kept }, `Colours: ${name}`)))
  setTheme(kept)
  if (session.login === 'none' || !session.signedIn) return [theme]
  const leave = button('Sign out', () => void signOut().then(then))
  return [make('span', { class: 'small' }, session.owner ?? 'signed in'), leave, theme]
}

function setTheme(name: string): void {
  localStorage.setItem('theme', name)
  if (name === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = name
}
