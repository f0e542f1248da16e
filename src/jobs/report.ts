export interface Report {
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string }
  readonly device: string
}
