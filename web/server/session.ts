/** Who is signed in on this page. The cookie is the browser's; the page knows only what the service says of it. */
import { ask, askJson, useCsrf } from './request.ts'

export interface Session {
  /** How one can sign in; `none` where the service asks nobody. */
  readonly login: 'none' | 'key' | 'oidc' | 'both'
  readonly signedIn: boolean
  readonly owner: string | null
  readonly csrf: string | null
}

/** Keeps the CSRF token for the requests to come. */
export async function readSession(): Promise<Session> {
  const session = await askJson<Session>('v1/session')
  useCsrf(session.csrf)
  return session
}

/** @throws Refusal where the key is not known */
export async function signInWithKey(key: string): Promise<void> {
  await ask('v1/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key }),
  })
}

export async function signOut(): Promise<void> {
  await ask('v1/session', { method: 'DELETE' })
}
