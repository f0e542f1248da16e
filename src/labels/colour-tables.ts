/**
 * Names and colours of labels as four viewers read them. A NIfTI map holds them in a header extension too (nifti/label-table.ts), which
 * these viewers do not look at.
 */
import type { LabelSet } from './label-set.ts'

/** File name → text. @param stem that the names begin with */
export function colourTables(labels: LabelSet, stem: string): Readonly<Record<string, string>> {
  return {
    [`${stem}.itksnap.txt`]: itkSnap(labels),
    [`${stem}.freesurfer.txt`]: freeSurfer(labels),
    [`${stem}.lut`]: fsleyes(labels),
    [`${stem}.ctbl`]: slicer(labels),
  }
}

/** ITK-SNAP: index, R G B (0 … 255), alpha (0 … 1), visible, in 3D, name in quotes; the clear label is neither. */
function itkSnap(labels: LabelSet): string {
  const rows = labels.map(({ value, name, color }) => {
    const shown = value === 0 ? 0 : 1
    return [value, ...color, shown, shown, shown, `"${name.replaceAll('"', "'")}"`].join('\t')
  })
  return lines(['# ITK-SnAP Label Description File', '# IDX R G B A VIS MSH LABEL', ...rows])
}

/** FreeSurfer: number, name without spaces, R G B (0 … 255), and how transparent: 0 is not. */
function freeSurfer(labels: LabelSet): string {
  const rows = labels.map(({ value, name, color }) => [value, oneWord(name), ...color, 0].join(' '))
  return lines(['#No. Label Name: R G B A', ...rows])
}

/** FSLeyes: value, R G B (0 … 1), name; 0 is transparent by itself and stands in none of its own tables. */
function fsleyes(labels: LabelSet): string {
  const rows = labels.slice(1).map(({ value, name, color }) => {
    return [value, ...color.map((channel) => (channel / 255).toFixed(5)), name].join(' ')
  })
  return lines(rows)
}

/** 3D Slicer: by its first line it knows what the file is; then number, name without spaces (it shows _ as a space), R G B A (0 … 255). */
function slicer(labels: LabelSet): string {
  const rows = labels.map(({ value, name, color }) => [value, oneWord(name), ...color, value === 0 ? 0 : 255].join(' '))
  return lines(['# Color table file', `# ${labels.length} values`, ...rows])
}

function oneWord(name: string): string {
  return name.replace(/\s+/g, '_')
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('')
}
