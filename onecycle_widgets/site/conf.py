"""How Sphinx is set, which reads this file itself."""

from onecycle_widgets import __version__

project = "onecycle-widgets"
release = __version__
copyright = "the onecycle-widgets developers, BSD-3-Clause"  # noqa: A001
html_title = project
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "onecycle_widgets.site.extension",
]

html_theme = "furo"
templates_path = ["_templates"]
html_static_path = ["_site"]
html_css_files = ["widgets.css", "site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_favicon = "_site/icon.svg"
html_copy_source = False
html_show_sphinx = False
html_domain_indices = False
html_use_index = False
html_math_renderer = "mathml"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

nb_execution_mode = "off"  # lessons are stored executed
nb_merge_streams = True
# As GitHub names headings, so that links into a page are the same there and here.
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]
# What begins with "page:" is a page beside the lessons, or a file: the link stays as it is.
myst_url_schemes = {"http": None, "https": None, "mailto": None, "page": "{{path}}"}

autodoc_typehints = "none"  # docstrings say the types, in words
# As fields of their class: several classes have one of the same name, and no link tells which.
napoleon_custom_sections = [("Attributes", "params_style")]
default_role = "py:obj"
