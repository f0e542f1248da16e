/** What of a rule decides on its results: an intake with another model, weights or options is another intake. */
import type { IntakeInput } from '../dicom/intake-key.ts'
import { FaultError } from '../errors.ts'
import type { Models } from '../service/served-models.ts'
import type { PacsConfig, Rule } from './config.ts'

/** The model with its version and weights, and the options of its jobs. */
export type ComputedWith = (rule: Rule) => Omit<IntakeInput, 'instances'>

/** @throws FaultError unknown-model, of a model that serves no more */
export function createComputedWith(models: Models): ComputedWith {
  return ({ model: id, strict }: Rule) => {
    const found = models().find(({ card }) => card.id === id)
    if (found === undefined) throw new FaultError('unknown-model', `there is no model ${id} now`)
    const { version, weights } = found.card
    return { model: `${id}@${version} ${weights.sha256}`, options: strict ? { strict: '1' } : {} }
  }
}

/** What the rules ask for and the models do not have, each a line for whoever starts the service. */
export function modelFaults({ rules }: Pick<PacsConfig, 'rules'>, models: ReturnType<Models>): readonly string[] {
  return rules.flatMap(({ model: id, require, wish }, at) => {
    const of = `ONELABEL_PACS_CONFIG: rules[${at}]`
    const card = models.find((each) => each.card.id === id)?.card
    if (card === undefined) {
      return [`${of}.model: there is no model ${id}; there are: ${models.map((each) => each.card.id).join(', ')}`]
    }
    const known = card.channels.map(({ name }) => name)
    const unknown = [...require, ...wish].filter((channel) => !known.includes(channel))
    const missing = card.required === 'all' ? known.filter((channel) => !require.includes(channel)) : []
    return [
      ...unknown.map((channel) => `${of}: ${id} has no channel ${channel}; it has ${known.join(', ')}`),
      ...missing.map((channel) => `${of}.require: ${id} needs ${channel}`),
    ]
  })
}
