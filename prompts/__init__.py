"""Every fixed word that a patient may read, as files that a clinician can read and edit."""
