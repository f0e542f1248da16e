/** Where the service asks who calls: a key, or the organisation's own sign-in. */
import { fill, freshId, make } from './dom.ts'
import { problemCard } from './problem-card.ts'
import { wordsOf } from './server/request.ts'
import { type Session, signInWithKey } from './server/session.ts'
import type { View } from './view.ts'

/** @param then once somebody is signed in */
export function signInView({ login }: Session, then: () => void): View {
  const said = make('div')
  const id = freshId('key')
  const key = make('input', { id, type: 'password', autocomplete: 'off', required: true, spellcheck: 'false' })
  async function signIn(): Promise<void> {
    fill(said)
    try {
      await signInWithKey(key.value.trim())
      then()
    } catch (error) {
      fill(said, problemCard(wordsOf(error)))
      key.select()
      key.focus()
    }
  }
  const withKey = make(
    'form',
    { class: 'card' },
    [
      make('h2', {}, 'With a key'),
      make('label', { for: id }, 'Key (it begins with ol_)'),
      key,
      make('button', { class: 'primary' }, 'Sign in'),
      make('p', { class: 'small' }, 'Whoever runs this service makes keys. It is kept in no place of this page.'),
    ],
    {
      submit: (event) => {
        event.preventDefault()
        void signIn()
      },
    },
  )
  // The provider sends a browser back with this where it was refused there.
  const hasFailed = new URLSearchParams(location.search).get('signin') === 'failed'
  const withOidc = make('div', { class: 'card' }, [
    make('h2', {}, 'With your organisation'),
    make('p', {}, [make('a', { class: 'primary', href: 'v1/session/oidc' }, 'Sign in at your organisation')]),
  ])
  const element = make('section', { class: 'narrow' }, [
    make('h1', {}, 'Sign in'),
    hasFailed &&
      make(
        'p',
        { class: 'card bad', role: 'alert' },
        'Signing in at your organisation did not work. Try again, or ask whoever runs this service.',
      ),
    login !== 'key' && withOidc,
    login !== 'oidc' && withKey,
    said,
  ])
  return { title: 'Sign in', element }
}
