import { after, before } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Postgres, postgresMissing, startPostgres } from '../../test/fixtures/postgres.ts'
import { sessionContract } from '../../test/fixtures/session-contract.ts'
import { storeContract } from '../../test/fixtures/store-contract.ts'
import { studyContract } from '../../test/fixtures/study-contract.ts'
import { openPostgresStore } from './store.ts'

let postgres: Postgres
if (postgresMissing === false) {
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.close())
}

async function makeBench() {
  const url = await postgres.newDatabase()
  return { open: () => openPostgresStore(url), pass: (ms: number) => pause(ms), remove: async () => {} }
}
storeContract('PostgreSQL', makeBench, postgresMissing)
studyContract('PostgreSQL', makeBench, postgresMissing)
sessionContract('PostgreSQL', makeBench, postgresMissing)
