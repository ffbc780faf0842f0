// Ajv with both drafts and the formats: one module, because the parts share classes and are bundled as one file.
export { Ajv } from 'ajv';
export { Ajv2020 } from 'ajv/dist/2020.js';
export { default as ajvFormats } from 'ajv-formats';
