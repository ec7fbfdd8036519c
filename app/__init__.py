"""The page: data in, a law out, every step to be seen and undone.

`main` is the page, `session` what one visitor has, `jobs` a task in another process as its owner sees it. The rooms,
each of which imports from those above it alone:

workers     the processes in which tasks run, and whose turn it is
kept        a visitor's work, its history, and how it is kept
data        from what the data panel is set to, to a dataset
tasks       what runs in a worker: plain data in, plain data out
presets     the example that the page opens with
out         project files, links, reports, notebooks
acts        what the buttons do
charts      in Plotly
components  the network, the large curve and the front: JavaScript with a Python face
views       the panels
serving     the page as a web server
"""
