/** Who may list jobs. */
import type { Response } from 'express'
import { FaultError } from '../errors.ts'
import { hasScope, type Identity } from '../security/identity.ts'
import { ownerOf } from './intake.ts'

/** Where everyone who calls from elsewhere is one and the same, nobody has jobs of his own to list. @throws FaultError forbidden */
export function requireOwn(res: Response): void {
  const scopes: Identity['scopes'] | undefined = res.locals['scopes']
  if (ownerOf(res) !== 'anonymous' || scopes === undefined || hasScope({ scopes }, 'admin')) return
  throw new FaultError('forbidden', 'without keys nobody has jobs of their own here; ask for a job by its id')
}
