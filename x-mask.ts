import { openEngine } from './src/network/ort.ts'
import { plainValues } from './src/preprocess/plain-values.ts'
import { readScan } from './src/formats/read.ts'
import { brainMask } from './src/quality/brain-mask.ts'
import { FINDER } from './src/quality/finder-network.ts'
import { findTissue, seenHead } from './src/quality/tissue-finder.ts'
import { encodeLabels } from './src/nifti/write.ts'
import { writeFileSync } from 'node:fs'
const [net, ...pairs] = process.argv.slice(2)
const { engine, close } = await openEngine(net!, FINDER, { device: 'cpu', threads: 0 })
for (let i = 0; i < pairs.length; i += 2) {
  const { volume, geometry } = await readScan(pairs[i]!, { maxFileBytes: 2 ** 30, maxInflatedBytes: 2 ** 31, maxVoxels: 2 ** 28 } as never)
  const tissue = await findTissue(seenHead(plainValues(volume)), engine)
  const m = brainMask([{ tissue, motion: [1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1] }], volume)
  writeFileSync(pairs[i + 1]!, await encodeLabels(m, geometry, [{ value: 0, name: 'b' }, { value: 1, name: 'c' }] as never))
}
await close()
