/** The package as JavaScript: Node strips no types from what lies in node_modules. Written to dist/ by tsc, with its declarations. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
rmSync(join(here, 'dist'), { recursive: true, force: true })
execFileSync(join(here, '../../node_modules/.bin/tsc'), ['-p', here], { stdio: 'inherit' })
copyFileSync(join(here, '../../LICENSE'), join(here, 'LICENSE'))
