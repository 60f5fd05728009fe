// A thread of the WebAssembly kernel in a page: instantiates the module on the shared memory, takes a stack of its own, and
// works until the kernel is closed.
self.onmessage = ({ data: { module, memory, stack } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  exports.hesper_set_stack(stack);
  self.postMessage('ready');
  exports.hesper_worker_run();
  self.close();
};
