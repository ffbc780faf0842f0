// The Version of evalkit, as its program prints it and its reports name it.

export const VERSION = '0.1.0';
