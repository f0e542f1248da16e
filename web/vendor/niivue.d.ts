/** The service serves the file of the package here, under this name: vendor/niivue.js. */
export * from '@niivue/niivue'
