/**
 * Who a caller is, to this service. An owner is a name that says which key or token was used, never a person's name:
 * `key:<id>`, `jwt:<32 hex digits>`, `pacs:<source>` (studies that came from it) or `anonymous`. Jobs belong to owners; another owner's job does not exist for you.
 */

/**
 * submit: everything under /v1 but /v1/pacs; callback: requests may name a URL that is called when their job ends; metrics:
 * /metrics; pacs: /v1/pacs, whose studies are named by their UIDs, and with submit to read the jobs of those studies; hint: POST /v1/pacs/hints, for the script in an Orthanc;
 * admin: all of them, and changes to the service (reloading models).
 */
export const SCOPES = ['submit', 'callback', 'metrics', 'pacs', 'hint', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** What one owner may hold at a time; absent: no limit but those of the service. */
export interface OwnerLimits {
  readonly jobs?: number | undefined
  readonly bytes?: number | undefined
}

export interface Identity {
  readonly owner: string
  readonly scopes: readonly Scope[]
  readonly limits: OwnerLimits
}

/** Who everyone is where nothing is asked. */
export interface Anonymous {
  /** Whoever speaks to this service directly and calls it by a name that only this machine has; or to anyone where it is open. */
  readonly here: Identity
  /** Whoever comes through a proxy, or under another name; null: nobody may. */
  readonly elsewhere: Identity | null
}

/** Owners as they are written, for the audit to hold records to. */
export const OWNER_PATTERN = /^(anonymous|key:[a-z0-9-]{1,40}|jwt:[0-9a-f]{32}|pacs:[a-z][a-z0-9-]{0,39})$/

/** admin includes the others. */
export function hasScope({ scopes }: Pick<Identity, 'scopes'>, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin')
}
