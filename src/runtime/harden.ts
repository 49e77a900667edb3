// Imported first in every thread: takes away the accessor through which a key named `__proto__` would change an object's prototype.
// (`--disable-proto` cannot be set from inside.)
Reflect.deleteProperty(Object.prototype, '__proto__')
