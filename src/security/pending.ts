/** What a browser carries to the provider and back when somebody signs in (oidc.ts). */
import { z } from 'zod'

export const pendingSchema = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string() })
/** What must come back with the browser, for the answer to be one to its own question. */
export type Pending = z.output<typeof pendingSchema>
