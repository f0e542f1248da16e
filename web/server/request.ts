/**
 * Requests to the service that this page came from. All addresses are relative to the page: a proxy may put a path before
 * them. What is refused is thrown as a Refusal, in the service's own words.
 */

/** Problem details (RFC 9457), as openapi.yaml has them. */
export interface Problem {
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
}

export class Refusal extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

let csrf: string | null = null
/** What requests that change something carry, where a cookie says who asks. */
export function useCsrf(token: string | null): void {
  csrf = token
}

export const csrfHeaders = (): Readonly<Record<string, string>> => (csrf === null ? {} : { 'X-CSRF-Token': csrf })

let whenSignedOut = (): void => {}
/** @param then what is to be done when an answer says that nobody is signed in */
export function onSignedOut(then: () => void): void {
  whenSignedOut = then
}

/** The answer to a request. @throws Refusal unless it is a success */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const isSafe = ['GET', 'HEAD'].includes(init.method ?? 'GET')
  const headers = { ...(!isSafe && csrfHeaders()), ...(init.headers as Record<string, string> | undefined) }
  let response: Response
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Refusal(unreachable())
  }
  if (response.ok) return response
  const problem = problemOf(response.status, await response.text())
  if (response.status === 401) whenSignedOut()
  throw new Refusal(problem)
}

export async function askJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = { Accept: 'application/json', ...(init.headers as Record<string, string> | undefined) }
  return (await (await ask(path, { ...init, headers })).json()) as T
}

export const unreachable = (): Problem => ({
  title: 'The service does not answer',
  status: 0,
  detail: 'No answer came. See whether the service runs and the network is there, then try again.',
  code: 'unreachable',
})

/** What a refusal says; a proxy in between may answer in other words, or none. */
export function problemOf(status: number, body: string): Problem {
  try {
    const said = JSON.parse(body) as Partial<Problem>
    if (typeof said.detail === 'string' && typeof said.title === 'string') {
      return { title: said.title, status, detail: said.detail, code: said.code ?? 'unknown' }
    }
  } catch {
    // It is no JSON: what follows says as much as can be said.
  }
  return {
    title: `Refused (${status})`,
    status,
    detail: `The service or a proxy before it answered ${status}.`,
    code: 'unknown',
  }
}

/** In words, whatever was thrown. */
export function wordsOf(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  return { title: 'Something went wrong on this page', status: 0, detail, code: 'page' }
}
