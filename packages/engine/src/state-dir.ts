// The state dir is the folder of evalmake's own state, below the workspace.

export const stateDir = '.evalmake';
