/**
 * Imported before onnxruntime-node wherever that is imported: since 1.29 its Linux builds send usage events unless this
 * is set before the library loads. Scans of patients are processed here; nothing is reported to anybody.
 * (process.env belongs to main.ts; the library reads nothing else.)
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
