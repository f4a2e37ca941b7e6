// Screens: one file a screen, each a function of the model that draws into a canvas. Nothing here changes the model.

/// The whole picture of a model.
enum Screens {
    static let smallest = (width: 40, height: 12)

    static func picture(of model: AppModel, glyphs: Glyphs) -> Canvas {
        var canvas = Canvas(width: model.size.width, height: model.size.height, glyphs: glyphs)
        if canvas.width < smallest.width || canvas.height < smallest.height {
            TooSmallScreen.draw(into: &canvas)
        } else if model.showsHelp {
            HelpScreen.draw(model, into: &canvas)
        } else {
            switch model.screen {
            case .login(let form): LoginScreen.draw(form, into: &canvas)
            case .password(let form): PasswordScreen.draw(form, isTracking: model.tracking.isSignedIn, into: &canvas)
            case .status: StatusScreen.draw(model, into: &canvas)
            }
        }
        return canvas
    }
}
