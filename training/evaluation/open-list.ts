/** What a model is to be scored on, in any of the ways in which somebody can say it. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Card } from '../../src/model/card.ts'
import { LAYOUTS } from '../sources/datasets/layouts.ts'
import { subjectsOfCsv } from './from-csv.ts'
import { subjectsOfLayout } from './from-layout.ts'
import { availableSubjects, type EvaluationList, type ListedSubject, listPath, readList } from './list.ts'
import { ownList } from './own-list.ts'

/** Where the files of the lists in training/evaluation lie, beside the checkout. */
const LISTED_DATA = '../shared/data'

export interface Asked {
  /** A list (JSON) or pairs of scans and truths (CSV); left out: training/evaluation/<id>.json, or a layout. */
  readonly list?: string | undefined
  readonly data?: string | undefined
  readonly layout?: string | undefined
  /** 'grey matter=2,10-12': what values mean in the truths of a CSV. */
  readonly meanings?: readonly string[]
}

export interface OpenedList {
  readonly list: EvaluationList
  /** Those of which every file is there. */
  readonly subjects: readonly ListedSubject[]
  readonly dataDir: string
  /** A sentence for each subject that is left out. */
  readonly notes: readonly string[]
  /** Whether they are somebody's own files, whose hashes were taken as found. */
  readonly isOwn: boolean
}

/** @throws an Error where what is asked for is not there, or cannot be meant */
export async function openEvaluation(asked: Asked, card: Card): Promise<OpenedList> {
  const { list: file, data, layout: name, meanings = [] } = asked
  if (name !== undefined) {
    const layout = LAYOUTS.find((one) => one === name)
    if (layout === undefined) throw new Error(`--layout is one of ${LAYOUTS.join(', ')}; found '${name}'`)
    if (data === undefined) throw new Error('--layout goes with --data <folder>, the folder that is laid out so')
    if (file !== undefined) throw new Error('--list and --layout say the same in two ways; one of them is taken')
    const found = subjectsOfLayout(layout, resolve(data), card.labels)
    const { list, notes } = await ownList(found.subjects, { dataDir: data, model: card.id, group: layout })
    return { list, subjects: list.subjects, dataDir: data, notes: [...found.notes, ...notes], isOwn: true }
  }
  if (file?.toLowerCase().endsWith('.csv')) {
    const channels = card.channels.map((channel) => channel.name)
    const dataDir = dirname(resolve(file))
    const pairs = await subjectsOfCsv(file, channels, meanings, card.labels)
    const { list, notes } = await ownList(pairs, { dataDir, model: card.id, group: 'own subjects' })
    return { list, subjects: list.subjects, dataDir, notes, isOwn: true }
  }
  const path = file ?? listPath(card.id)
  if (!existsSync(path)) {
    const ways = 'give --list <list.json or pairs.csv>, or --data <folder> --layout <name>'
    throw new Error(
      `${file === undefined ? `model ${card.id} has no list of its own` : `there is no ${file}`}: ${ways}`,
    )
  }
  const list = await readList(path)
  const dataDir = data ?? LISTED_DATA
  return { list, ...availableSubjects(list, dataDir), dataDir, isOwn: false }
}
