/** OHIF on the DICOMweb of the origin that it comes from (onelabel-ohif.conf). */
const root = `${location.origin}/dicom-web`

window.config = {
  routerBasename: '/',
  extensions: [],
  modes: [],
  showStudyList: true,
  // A segmentation is drawn when it is opened, without a question.
  disableConfirmationPrompts: true,
  defaultDataSourceName: 'orthanc',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'orthanc',
      configuration: {
        friendlyName: 'Orthanc',
        name: 'orthanc',
        qidoRoot: root,
        wadoRoot: root,
        wadoUriRoot: root,
        imageRendering: 'wadors',
        thumbnailRendering: 'wadors',
        qidoSupportsIncludeField: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        omitQuotationForMultipartRequest: true,
        bulkDataURI: { enabled: true },
      },
    },
  ],
}
