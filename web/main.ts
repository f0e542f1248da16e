/** The page: a view for each address behind the #, the bar above it, and who is signed in. */
import { accountMenu } from './account.ts'
import { compareView } from './compare/compare-view.ts'
import { comparisonView } from './compare/comparison-view.ts'
import { fill, make } from './dom.ts'
import { modelsView } from './models/models-view.ts'
import { problemCard } from './problem-card.ts'
import { resultView } from './result/result-view.ts'
import { refreshJobs } from './server/job-list.ts'
import { onSignedOut, wordsOf } from './server/request.ts'
import { readSession, type Session } from './server/session.ts'
import { listStudies } from './server/studies.ts'
import { signInView } from './sign-in.ts'
import { startView } from './start/start-view.ts'
import { studiesView } from './studies/studies-view.ts'
import type { View } from './view.ts'

type Open = (part: string) => View | Promise<View>

/** The first part of the address → its view; what follows is handed on. */
const ROUTES: Readonly<Record<string, Open>> = {
  '': () => startView(),
  job: (id) => resultView(id),
  compare: () => compareView(),
  comparison: (id) => comparisonView(id),
  models: () => modelsView(),
  studies: () => studiesView(),
}

const main = document.getElementById('main')!
let session: Session | null = null
let shown: View | null = null
let visits = 0

async function show(): Promise<void> {
  const visit = ++visits
  const [, name = '', ...rest] = location.hash.split('/')
  const view = await viewOf(name, rest.join('/'))
  if (visit !== visits) {
    view.close?.()
    return
  }
  shown?.close?.()
  shown = view
  document.title = `${view.title} · onelabel`
  fill(main, view.element)
  drawNav(name)
  // Whoever hears the page is told where it is now; nobody is moved when it is opened.
  if (visit > 1) (main.querySelector<HTMLElement>('h1') ?? main).focus()
  main.querySelector('h1')?.setAttribute('tabindex', '-1')
  window.scrollTo(0, 0)
  view.shown?.()
}

async function viewOf(name: string, rest: string): Promise<View> {
  if (session !== null && session.login !== 'none' && !session.signedIn) return signInView(session, beginAnew)
  const open = ROUTES[name]
  try {
    if (open !== undefined) return await open(rest)
  } catch (error) {
    return {
      title: 'Not shown',
      element: make('section', {}, [make('h1', {}, 'Not shown'), problemCard(wordsOf(error))]),
    }
  }
  return { title: 'Not found', element: make('section', {}, [make('h1', {}, 'There is no such page')]) }
}

/** Studies are shown where there is a PACS, and to whoever may see them. */
let hasStudies = false

const LINKS = [
  { name: '', text: 'Scans' },
  { name: 'compare', text: 'Two dates' },
  { name: 'studies', text: 'PACS' },
  { name: 'models', text: 'Models' },
] as const

function drawNav(current: string): void {
  const links = LINKS.filter((link) => link.name !== 'studies' || hasStudies).map(({ name, text }) => {
    const isHere = name === current
    return make('li', {}, [make('a', { href: `#/${name}`, 'aria-current': isHere ? 'page' : null }, text)])
  })
  fill(document.getElementById('nav')!, ...links, make('li', {}, [make('a', { href: 'docs' }, 'For programs')]))
}

/** What the page holds of one person is not for the next one to see. */
const beginAnew = (): void => location.reload()

function takeSession(now: Session): void {
  session = now
  fill(document.getElementById('account')!, ...accountMenu(now, beginAnew))
  if (now.login === 'none' || now.signedIn) {
    void refreshJobs()
    void lookForPacs()
  }
  void show()
}

async function lookForPacs(): Promise<void> {
  const studies = await listStudies().catch(() => null)
  hasStudies = studies !== null
  drawNav(location.hash.split('/')[1] ?? '')
}

onSignedOut(() => {
  if (session?.signedIn) takeSession({ ...session, signedIn: false, owner: null, csrf: null })
})
window.addEventListener('hashchange', () => void show())
try {
  takeSession(await readSession())
} catch (error) {
  fill(main, make('h1', {}, 'onelabel'), problemCard(wordsOf(error)))
}
