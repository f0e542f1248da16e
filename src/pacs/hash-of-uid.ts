/** UIDs where who reads them is not to know whose they are: the audit, and the keys of effects. */
import { createHash } from 'node:crypto'

/** Lower-case hex: what `printf %s 1.2.840… | sha256sum` prints. */
export function hashOfUid(uid: string): string {
  return createHash('sha256').update(uid, 'utf8').digest('hex')
}
