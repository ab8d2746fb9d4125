"""Opens a project of the atlas in QGIS and prints what QGIS makes of it as JSON: run by the Python that has QGIS."""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize


def undrawn(layer, renderer):
    """Count the features that are in no category."""
    context = QgsRenderContext()
    context.expressionContext().appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    renderer.startRender(context, layer.fields())
    count = 0
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        count += renderer.symbolForFeature(feature, context) is None
    renderer.stopRender(context)
    return count


def picture(project, path):
    """Draw what the project shows when it is opened."""
    settings = QgsMapSettings()
    settings.setLayers(project.layerTreeRoot().checkedLayers())
    settings.setDestinationCrs(project.crs())
    settings.setExtent(extent_of(project))
    settings.setOutputSize(QSize(1400, 1200))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)


def extent_of(project):
    return next(layer for layer in project.mapLayers().values() if "counties" in layer.source()).extent()


def vector(layer):
    renderer = layer.renderer()
    found = {
        "rows": layer.featureCount(),
        "aliases": {f.name(): layer.attributeAlias(i) for i, f in enumerate(layer.fields())},
    }
    found["aliases_of_the_file"] = {f.name(): f.alias() for f in layer.fields()}
    if renderer is None:
        return found
    found["renderer"] = renderer.type()
    found["labels"] = bool(layer.labelsEnabled()) and layer.labeling().settings().fieldName
    if renderer.type() == "categorizedSymbol":
        found["categories"] = {c.value(): [c.label(), c.symbol().color().name()] for c in renderer.categories()}
        found["undrawn"] = undrawn(layer, renderer)
    else:
        symbol = renderer.symbol()
        found["colour"] = symbol.color().name()
        if symbol.type() == 2:
            found["colour"] = symbol.symbolLayer(0).strokeColor().name()
    return found


def main(path, package, image=""):
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    read = project.read(path)
    layers = {}
    for layer in project.mapLayers().values():
        told = {"name": layer.name(), "valid": layer.isValid(), "crs": layer.crs().authid(), "source": layer.source()}
        if isinstance(layer, QgsVectorLayer):
            told |= vector(layer) if layer.isValid() else {}
        else:
            told["renderer"] = layer.renderer().type() if layer.isValid() else ""
            told["legend"] = [[label, colour.name()] for label, colour in layer.renderer().legendSymbologyItems()]
        layers[layer.id()] = told
    tree = [
        [
            node.name(),
            node.isMutuallyExclusive(),
            node.itemVisibilityChecked(),
            [[child.name(), child.itemVisibilityChecked()] for child in node.children()],
        ]
        for node in project.layerTreeRoot().children()
        if isinstance(node, QgsLayerTreeGroup)
    ]
    styled = {}
    for name in ("places", "corridors", "counties"):
        layer = QgsVectorLayer(f"{package}|layername={name}", name, "ogr")
        styled[name] = vector(layer) | {"valid": layer.isValid()}
    told = {
        "read": read,
        "crs": project.crs().authid(),
        "title": project.title(),
        "absolute": project.filePathStorage() != 1 if hasattr(project, "filePathStorage") else None,
        "layers": layers,
        "tree": tree,
        "package": styled,
    }
    if image:
        picture(project, image)
    print(json.dumps(told))
    project.clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
