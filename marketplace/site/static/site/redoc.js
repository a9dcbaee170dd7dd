// ReDoc always draws its maker's logo from a CDN. This site calls no other host: give it an empty
// image, upon which ReDoc draws none. React sets the address in both of these ways.
(() => {
  const images = HTMLImageElement.prototype;
  const { setAttribute } = images;
  const src = Object.getOwnPropertyDescriptor(images, "src");
  const here = (url) => (String(url).startsWith("https://cdn.redoc.ly/") ? "data:," : url);

  images.setAttribute = function (name, value) {
    setAttribute.call(this, name, name === "src" ? here(value) : value);
  };
  Object.defineProperty(images, "src", {
    ...src,
    set(url) {
      src.set.call(this, here(url));
    },
  });
})();
